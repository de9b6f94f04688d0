"""A user's token as a login, for programs."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from config.models import User
from config.tokens import Login, login_of, looks_like_one


class UserTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer TOKEN` with a personal token or a JWT. request.auth is then its Login."""

    def authenticate(self, request: Request) -> tuple[User, Login] | None:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not looks_like_one(text.strip()):
            return None
        login = login_of(text.strip())
        if login is None:
            raise exceptions.AuthenticationFailed("The token is unknown, has ended or was revoked")
        return login.user, login

    def authenticate_header(self, request: Request) -> str:
        """With it a missing login is answered 401, not 403."""
        return "Bearer"


class UserTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the API schema names it."""

    target_class = "config.api.authentication.UserTokenAuthentication"
    name = "userToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A personal token of a user, made in the admin, or a JWT from `POST /api/token`.",
        }

"""A server key as a login: machines need no user of their own."""

from django.contrib.auth.models import AnonymousUser
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from ingestion.keys import SourceContext, resolve


class ServerKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer KEY` with a server key. request.auth is then the SourceContext of its workspace."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, SourceContext] | None:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            return None
        source = resolve(key.strip())
        if source is None:
            raise exceptions.AuthenticationFailed("The key is unknown or has ended")
        if not source.trusted:
            raise exceptions.PermissionDenied("A client key only sends events; this needs a server key")
        return AnonymousUser(), source

    def authenticate_header(self, request: Request) -> str:
        """With it a missing login is answered 401, not 403."""
        return "Bearer"


class HasServerKey(BasePermission):
    """For what only machines do."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.auth, SourceContext)


class ServerKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the API schema names it."""

    target_class = "ingestion.api.authentication.ServerKeyAuthentication"
    name = "serverKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A server key of a source; it may also read metrics, move points and send reports.",
        }

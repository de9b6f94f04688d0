"""Who is at the other end of a socket: by a token, or by the session cookie of a page of ours."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest
from django.http.cookie import parse_cookie
from django.http.request import validate_host

from config import tokens
from config.models import Scope, User

UNKNOWN, NO_RIGHT = 4401, 4403


class Refused(Exception):  # noqa: N818 what is said to the other end, not a fault
    """With the code that the socket is closed by."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Login:
    """By which of the two a user is known; asked again, it says whether they still are."""

    token: str = ""
    session_key: str = ""

    @property
    def token_id(self) -> int | None:
        """Of a personal token; asks the database."""
        login = tokens.login_of(self.token) if self.token else None
        return None if login is None else login.token_id

    def user(self, scope: Scope) -> User:
        """Asks the database. Raises Refused."""
        if self.token:
            login = tokens.login_of(self.token)
            if login is None:
                raise Refused(UNKNOWN, "The token is unknown, has ended or was revoked")
            if not login.allows(scope):
                raise Refused(NO_RIGHT, f"The token is not good for {scope}")
            return login.user
        store = import_module(settings.SESSION_ENGINE).SessionStore(self.session_key)
        user = get_user(cast("HttpRequest", SimpleNamespace(session=store)))
        if not user.is_active:
            raise Refused(UNKNOWN, "The session has ended: log in again")
        return user


def by_cookie(headers: list[tuple[bytes, bytes]]) -> Login | None:
    """Of a page of this site. The cookie alone says nothing: a browser sends it whoever's page it shows."""
    told: dict[str, Any] = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
    if not is_ours(told.get("origin", ""), told.get("host", "")):
        return None
    key = parse_cookie(told.get("cookie", "")).get(settings.SESSION_COOKIE_NAME, "")
    return Login(session_key=key) if key else None


def is_ours(origin: str, host: str) -> bool:
    """Whether a page of that origin is of the site at that host, or one whose forms are taken."""
    if not origin:
        return False
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    try:
        name = urlsplit(f"//{host}").hostname or ""
        same = urlsplit(origin).netloc == host
    except ValueError:
        return False
    return same and validate_host(f"[{name}]" if ":" in name else name, settings.ALLOWED_HOSTS)

"""How programs log in as a user: by personal tokens, which last, and by JWTs, got for a password for some minutes."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError
from rest_framework_simplejwt.tokens import RefreshToken

from config.models import ApiToken, Scope, User

PREFIX = "agora_pat_"
SHOWN_CHARACTERS = len(PREFIX) + 4
LONGEST = 2_000
# When a token was used last is known to the minute, so that it is not written with every request.
USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Login:
    """Whose token it is, and what it is good for."""

    user: User
    # None for all that the roles of the user let them do.
    scopes: frozenset[str] | None
    # Of a personal token.
    token_id: int | None = None

    def allows(self, scope: str) -> bool:
        return self.scopes is None or scope in self.scopes


def issue(user: User, name: str, scopes: list[str], expires_at: datetime) -> tuple[ApiToken, str]:
    """(row, token). The token itself is in no table: show it now or never."""
    row = ApiToken(user=user, name=name, scopes=scopes, expires_at=expires_at)
    token = seal(row)
    row.save()
    return row, token


def seal(row: ApiToken) -> str:
    """Gives a row that is about to be saved its secret, and returns it."""
    token = f"{PREFIX}{secrets.token_urlsafe(32)}"
    row.prefix, row.digest = token[:SHOWN_CHARACTERS], _digest_of(token)
    return token


def revoke(tokens: list[ApiToken]) -> int:
    """How many of them were not revoked yet."""
    rows = ApiToken.objects.filter(pk__in=[token.pk for token in tokens], revoked_at__isnull=True)
    return rows.update(revoked_at=timezone.now())


def looks_like_one(text: str) -> bool:
    """Whether it is a personal token or a JWT by its form; what else stands there is a key of a source."""
    return text.startswith(PREFIX) or text.count(".") == 2  # noqa: PLR2004 a JWT has three parts


def login_of(text: str) -> Login | None:
    """Who logs in by it; None for one that is unknown, has ended or was revoked, or whose user may no longer log in."""
    if len(text) > LONGEST:
        return None
    return _by_personal_token(text) if text.startswith(PREFIX) else _by_jwt(text)


def user_of_token(text: str, scope: str = Scope.READ_METRICS) -> User | None:
    """The user whose token it is, where it is good for the scope."""
    login = login_of(text)
    return login.user if login is not None and login.allows(scope) else None


def pair_for(user: User) -> tuple[str, str]:
    """(access token, refresh token). Both end when the password of the user changes."""
    refresh = RefreshToken.for_user(user)
    return str(refresh.access_token), str(refresh)


def access_for(refresh: str) -> str | None:
    """A new access token for a refresh token; None where that is none, has ended or is of nobody who may log in."""
    if len(refresh) > LONGEST:
        return None
    try:
        access = str(RefreshToken(refresh).access_token)  # type: ignore[arg-type]  # its stubs want a token of bytes
    except TokenError:
        return None
    return access if _by_jwt(access) else None


def _by_personal_token(text: str) -> Login | None:
    digest = _digest_of(text)
    row = ApiToken.objects.valid().select_related("user").filter(digest=digest).first()
    if row is None or not hmac.compare_digest(row.digest, digest):
        return None
    now = timezone.now()
    if row.last_used_at is None or row.last_used_at < now - USED_EVERY:
        unused = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USED_EVERY)
        ApiToken.objects.filter(unused, pk=row.pk).update(last_used_at=now)
    return Login(row.user, frozenset(row.scopes), row.pk)


def _by_jwt(text: str) -> Login | None:
    logins = JWTAuthentication()
    try:
        user = logins.get_user(logins.get_validated_token(text.encode()))
    except (InvalidToken, AuthenticationFailed, UnicodeEncodeError):
        return None
    assert isinstance(user, User)
    return Login(user, None)


def _digest_of(token: str) -> str:
    """A token is 32 random bytes, so a slow password hash would add nothing."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()

"""Environment variables, read once at start; a wrong one stops the process and names itself."""

import os
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str) -> str:
    return os.environ.get(name, default)


def flag(name: str, *, default: bool) -> bool:
    raw = os.environ.get(name)
    if raw is None:
        return default
    value = raw.strip().lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be one of 1, 0, true, false, yes, no, on, off; it is {raw!r}")


def number(name: str, default: int, *, least: int = 0) -> int:
    raw = os.environ.get(name)
    if raw is None or not raw.strip():
        return default
    try:
        value = int(raw)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number; it is {raw!r}") from None
    if value < least:
        raise ImproperlyConfigured(f"{name} must be at least {least}; it is {value}")
    return value


def words(name: str, default: str = "") -> list[str]:
    """Comma-separated values, blanks dropped."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def networks(name: str) -> list[str]:
    """Comma-separated networks such as 10.0.0.0/8, and folders of sockets such as /var/run/postgresql."""
    found = words(name)
    for part in found:
        if not part.startswith("/"):
            try:
                ip_network(part)
            except ValueError as error:
                raise ImproperlyConfigured(f"{name} holds networks and folders of sockets: {error}") from None
    return found


def file(name: str) -> str:
    """The path of a file that is there, or "" where none is given."""
    given = text(name, "")
    if given and not Path(given).is_file():
        raise ImproperlyConfigured(f"{name} must name a file; {given!r} is none")
    return given


def folder(name: str, default: Path) -> Path:
    return Path(text(name, str(default))).expanduser().resolve()


def postgres(name: str, default: str) -> dict[str, Any]:
    """A Django DATABASES entry from a URL such as postgresql://user:password@host:5432/name or
    postgresql://user@/name?host=/folder/of/socket.
    """
    url = text(name, default)
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(f"{name} must start with postgresql://")
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    database = unquote(parts.path.lstrip("/"))
    if not database:
        raise ImproperlyConfigured(f"{name} must name a database after the last slash")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or query.pop("port", "")),
        "OPTIONS": query,
    }

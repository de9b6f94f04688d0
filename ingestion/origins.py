"""The sites whose pages may send: what an operator writes in a source's list, and what a browser's Origin says."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

# As browsers leave them out.
DEFAULT_PORTS = {"http": 80, "https": 443}
LONGEST = 255
MOST = 100
ANY_SUBDOMAIN = "*."


def normal(text: str) -> str:
    """As a browser writes it: `https://app.example`. Raises ValueError with what is wrong."""
    given = text.strip()
    try:
        parts = urlsplit(given.rstrip("/"))
        port = parts.port
    except ValueError:
        raise ValueError(f"{given!r} cannot be read as an address") from None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError(f"{given!r} must begin with https:// or http://, as in https://app.example")
    if parts.path or parts.query or parts.fragment or parts.username is not None:
        raise ValueError(f"{given!r} may have no more than scheme, host and port: a browser tells no path")
    host = _host(parts.hostname, given)
    shown = "" if port in {None, DEFAULT_PORTS[parts.scheme]} else f":{port}"
    origin = f"{parts.scheme}://{host}{shown}"
    if len(origin) > LONGEST:
        raise ValueError(f"{given[:40]!r}... is longer than {LONGEST} characters")
    return origin


def _host(host: str, given: str) -> str:
    if ":" in host:
        return f"[{host}]"
    wild = ANY_SUBDOMAIN if host.startswith(ANY_SUBDOMAIN) else ""
    rest = host.removeprefix(ANY_SUBDOMAIN)
    try:
        ascii_host = rest.encode("idna").decode()
    except UnicodeError:
        ascii_host = ""
    if not ascii_host or "*" in ascii_host or " " in ascii_host:
        raise ValueError(f"{given!r} has a host that is none; * may only stand for subdomains, as in https://*.example")
    return wild + ascii_host


def allows(origins: Sequence[str], origin: str | None) -> bool:
    """Whether a request may send. Without a list any may; without an Origin it is no page of a browser that sends."""
    if not origins or origin is None:
        return True
    given = origin.lower()
    return given in origins or any(_matches(pattern, given) for pattern in origins if ANY_SUBDOMAIN in pattern)


def _matches(pattern: str, origin: str) -> bool:
    scheme, _, domain = pattern.partition(f"://{ANY_SUBDOMAIN}")
    return origin.startswith(f"{scheme}://") and origin.endswith(f".{domain}")

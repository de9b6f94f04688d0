"""Where a request comes from."""

from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str | None:
    """The caller's address, or None when it cannot be told. Never store or log it: see network_of.

    Every proxy adds the address it was called from to X-Forwarded-For, so of the last PROXIES entries the first was
    added by the outermost proxy that is one's own. What stands before it was written by the caller.
    """
    found = request.META.get("REMOTE_ADDR") or ""
    if settings.PROXIES:
        passed = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
        found = passed[-settings.PROXIES] if len(passed) >= settings.PROXIES else ""
    try:
        address = ip_address(found)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def network_of(address: str) -> str:
    """What is told apart of addresses: an IPv4 address, or the /64 network of an IPv6 one, of which a household or a
    server has all.
    """
    found = ip_address(address)
    return address if found.version == 4 else str(ip_network((found, 64), strict=False))  # noqa: PLR2004 of the Internet Protocol

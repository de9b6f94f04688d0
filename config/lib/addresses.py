"""Where an address that somebody typed in may lead: the public internet, and what PRIVATE_NETWORKS names.

Otherwise whoever may enter an address could make the server talk to its neighbours, which trust it. Connect to the
addresses that come back, not to the name: it may lead elsewhere when it is asked for again.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import PurePosixPath

from django.conf import settings

Address = IPv4Address | IPv6Address
# Its last 32 bits are an IPv4 address (RFC 6052).
NAT64 = ip_network("64:ff9b::/96")


class AddressRefused(ValueError):  # noqa: N818 named as whoever typed it sees it
    """The address leads where it may not, or nowhere."""


def resolve(host: str, port: int) -> list[str]:
    """The IP addresses of a host name, all of which may be connected to. Raises AddressRefused."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise AddressRefused(f"The host {host} has no address") from None
    texts = sorted({str(entry[4][0]) for entry in found})
    for text in texts:
        if not is_allowed(ip_address(text.partition("%")[0])):
            raise AddressRefused(
                f"The host {host} is on a private network ({text}), which PRIVATE_NETWORKS would have to allow"
            )
    return texts


def is_allowed(address: Address) -> bool:
    """Whether it, and any IPv4 address that it stands for, is public or in PRIVATE_NETWORKS."""
    networks = [ip_network(text) for text in settings.PRIVATE_NETWORKS if not text.startswith("/")]
    return all(_is_public(one) or _is_in(one, networks) for one in (address, *_inside(address)))


def check_socket(folder: str) -> None:
    """Raises AddressRefused unless PRIVATE_NETWORKS names the folder of Unix sockets."""
    if ".." in PurePosixPath(folder).parts or folder not in settings.PRIVATE_NETWORKS:
        raise AddressRefused("A folder of sockets must be named in PRIVATE_NETWORKS")


def _is_public(address: Address) -> bool:
    return address.is_global and not address.is_multicast


def _is_in(address: Address, networks: list[IPv4Network | IPv6Network]) -> bool:
    return any(address in network for network in networks)


def _inside(address: Address) -> list[IPv4Address]:
    """IPv4 addresses that an IPv6 one leads to."""
    if isinstance(address, IPv4Address):
        return []
    teredo = address.teredo or ()
    translated = [IPv4Address(int(address) & 0xFFFFFFFF)] if address in NAT64 else []
    return [*filter(None, (address.ipv4_mapped, address.sixtofour)), *teredo, *translated]

"""POST to an address that somebody typed in: only where config/lib/addresses.py lets it lead, and never for long.

It connects to the addresses that were judged, follows no redirect, asks no proxy of the environment and reads little.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from config.lib import addresses
from config.lib.addresses import AddressRefused

LONGEST_URL = 500
# Of an answer, so much is read.
READ_BYTES = 1_000
PORTS = {"http": 80, "https": 443}


class PostFailed(Exception):  # noqa: N818 it says what happened
    """There is no answer, and why."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    # Its beginning, with whatever is no text replaced.
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where an address leads: its parts, port, and the IP addresses to connect to."""

    parts: SplitResult
    host: str
    port: int
    found: list[str]


def place_of(url: str) -> Place:
    """Raises AddressRefused, with why."""
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > LONGEST_URL:
        raise AddressRefused(f"An address has at most {LONGEST_URL} plain characters and no space")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        raise AddressRefused("It is no address such as https://app.example/webhooks") from None
    if parts.scheme not in PORTS or not host:
        raise AddressRefused("It is no address such as https://app.example/webhooks")
    if parts.username is not None or parts.fragment:
        raise AddressRefused("An address holds no user name, no password and no #")
    found = addresses.resolve(host, port)
    if parts.scheme == "http" and any(ip_address(one.partition("%")[0]).is_global for one in found):
        raise AddressRefused("Over the internet it must begin with https")
    return Place(parts, host, port, found)


def post(url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> Answer:
    """The answer, whatever its status. Raises PostFailed or AddressRefused; all of it ends after so many seconds."""
    place = place_of(url)
    connection = _Pinned(place, seconds)
    timer = threading.Timer(seconds, connection.cut)
    timer.daemon = True
    timer.start()
    try:
        target = (place.parts.path or "/") + (f"?{place.parts.query}" if place.parts.query else "")
        connection.request("POST", target, body, dict(headers))
        response = connection.getresponse()
        text = b""
        # What it answered is known by now.
        with suppress(OSError, HTTPException):
            text = response.read(READ_BYTES)
        return Answer(response.status, text.decode("utf-8", "replace").replace("\0", "�"))
    except (OSError, HTTPException, ValueError) as error:
        why = f"no answer within {seconds:g} seconds" if connection.is_cut else _why(error)
        raise PostFailed(why) from None
    finally:
        timer.cancel()
        connection.close()


class _Pinned(HTTPConnection):
    """A connection to one of the judged addresses; the name stays for the Host header and the certificate."""

    def __init__(self, place: Place, seconds: float) -> None:
        super().__init__(place.host, place.port, timeout=seconds)
        self.place = place
        self.ends_at = time.monotonic() + seconds
        self.is_cut = False
        self.default_port = PORTS[place.parts.scheme]

    def connect(self) -> None:
        raw = self._reached()
        # From here on it is cut when its time is over.
        raw.settimeout(None)
        self._hold(raw)
        if self.place.parts.scheme == "https":
            context = ssl.create_default_context()
            # The handshake comes after, so that it can be cut.
            safe = context.wrap_socket(raw, server_hostname=self.place.host, do_handshake_on_connect=False)
            self._hold(safe)
            safe.do_handshake()

    def _hold(self, held: socket.socket) -> None:
        """Whoever cuts it sees the socket, or is seen here."""
        self.sock = held
        if self.is_cut:
            raise TimeoutError

    def _reached(self) -> socket.socket:
        failed: OSError = TimeoutError("timed out")
        for address in self.place.found:
            left = self.ends_at - time.monotonic()
            if left <= 0:
                break
            try:
                return socket.create_connection((address, self.place.port), timeout=left)
            except OSError as error:
                failed = error
        raise failed

    def cut(self) -> None:
        """End it from another thread, wherever it is."""
        self.is_cut = True
        if self.sock is not None:
            with suppress(OSError):
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no connection in time"
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {getattr(error, 'verify_message', '') or error.reason or 'no connection'}"
    return str(error) or type(error).__name__

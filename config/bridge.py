"""A WSGI application behind an ASGI server: sockets need the one, and requests are faster by the other.

A body is taken in whole before a thread sees it, so that an upload that stalls holds none. Of one that is longer than
any view takes, the rest is left unread.
"""

from __future__ import annotations

import asyncio
import io
import logging
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import unquote_to_bytes

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

# What is answered in chunks is sent on in pieces of about this size.
PIECE_BYTES = 65_536
# What is answered with a length up to this is taken together.
WHOLE_BYTES = 4 * 1024 * 1024
# How long a thread waits for somebody to take a piece.
SLOW_SECONDS = 30.0

logger = logging.getLogger(__name__)


class TookNothing(Exception):  # noqa: N818 no fault of ours
    pass


class Bridge:
    def __init__(self, application: Wsgi, *, threads: int, most_bytes: int) -> None:
        """Bodies are passed on up to one byte over `most_bytes`, by which a view knows that there was more."""
        self.application = application
        self.threads = ThreadPoolExecutor(threads, thread_name_prefix="web")
        self.most_bytes = most_bytes

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        body = await self._body(scope, receive)
        if body is None:
            return
        loop = asyncio.get_running_loop()
        environ = environ_of(scope, body)
        answer = await loop.run_in_executor(self.threads, self._answer, environ, loop, send)
        if answer is not None:
            status, headers, content = answer
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": content})

    async def _body(self, scope: Message, receive: Receive) -> bytes | None:
        """None where the sender has gone before its end."""
        told = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        # The end of a body whose length was told needs not be waited for.
        end = min(int(told) if told.isdigit() else self.most_bytes + 1, self.most_bytes + 1)
        body = bytearray()
        more = True
        while more and len(body) < end:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            more = message.get("more_body", False)
        return bytes(body[:end])

    def _answer(
        self, environ: dict[str, Any], loop: asyncio.AbstractEventLoop, send: Send
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes] | None:
        """In a thread: (status, headers, content) of an answer of one piece; None where pieces were sent from here."""
        head: tuple[int, list[tuple[bytes, bytes]]] = (500, [])

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:  # noqa: ARG001 its form
            nonlocal head
            head = int(status[:3]), [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in headers]

        def send_on(message: Message) -> None:
            # Waits until it is sent, so that nothing piles up here for a slow reader; not for one who takes nothing.
            sent = asyncio.run_coroutine_threadsafe(_as_coroutine(send, message), loop)
            try:
                sent.result(SLOW_SECONDS)
            except TimeoutError:
                sent.cancel()
                raise TookNothing from None

        result = self.application(environ, start_response)
        try:
            # What has a length is in memory or in a small file: no thread waits until somebody has taken it.
            pieces = iter([b"".join(result)]) if _length(head[1]) <= WHOLE_BYTES else _pieces(result)
            first = next(pieces, b"")
            second = next(pieces, None)
            if second is None:
                return *head, first
            send_on({"type": "http.response.start", "status": head[0], "headers": head[1]})
            for piece in (first, second):
                send_on({"type": "http.response.body", "body": piece, "more_body": True})
            for piece in pieces:
                send_on({"type": "http.response.body", "body": piece, "more_body": True})
            send_on({"type": "http.response.body", "body": b""})
        except TookNothing:
            # Left unfinished, the connection is closed.
            logger.info("An answer was broken off: nobody took a piece of it for %s seconds", SLOW_SECONDS)
        finally:
            if callable(close := getattr(result, "close", None)):
                close()
        return None


def _length(headers: list[tuple[bytes, bytes]]) -> float:
    """In bytes; without end where none is told."""
    told = next((value for name, value in headers if name == b"content-length"), b"")
    return int(told) if told.isdigit() else float("inf")


async def _as_coroutine(send: Send, message: Message) -> None:
    await send(message)


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks joined to pieces of about PIECE_BYTES."""
    gathered: list[bytes] = []
    length = 0
    for chunk in chunks:
        gathered.append(chunk)
        length += len(chunk)
        if length >= PIECE_BYTES:
            yield b"".join(gathered)
            gathered, length = [], 0
    if gathered:
        yield b"".join(gathered)


def environ_of(scope: Message, body: bytes) -> dict[str, Any]:
    """What WSGI (PEP 3333) tells of a request, of what ASGI does."""
    server = scope.get("server") or ("localhost", None)
    path = scope.get("raw_path")
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": (unquote_to_bytes(path) if path else scope["path"].encode()).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": str(server[0]),
        "SERVER_PORT": str(server[1] or 80),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": (scope.get("client") or ("",))[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        # X_Forwarded_For would come out as X-Forwarded-For, which a proxy has set.
        if b"_" in name:
            continue
        key = name.decode("latin-1").upper().replace("-", "_")
        if key not in {"CONTENT_LENGTH", "CONTENT_TYPE"}:
            key = f"HTTP_{key}"
        text = value.decode("latin-1")
        if key in environ:
            text = environ[key] + ("; " if key == "HTTP_COOKIE" else ",") + text
        environ[key] = text
    return environ

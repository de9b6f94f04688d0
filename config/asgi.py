"""ASGI entry point: `granian --interface asginl config.asgi:application`. Requests go to WSGI, sockets to SOCKETS.

Why both: docs/decisions/0037-sockets-beside-requests.md.
"""

import os

os.environ.setdefault("LIVE_SOCKETS", "1")
from config.wsgi import application as wsgi

# isort: split
from importlib import import_module

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.urls import re_path

from config.bridge import Bridge, Message, Receive, Send
from config.sockets import SOCKETS

# As many requests are answered at once in each process; more than cores, as most wait for PostgreSQL now and then.
THREADS = 6


async def _nowhere(_scope: Message, receive: Receive, send: Send) -> None:
    """Refuses the handshake."""
    await receive()
    await send({"type": "websocket.close"})


routes = [route for module in SOCKETS for route in import_module(module).sockets]
routes.append(re_path(r"", _nowhere))  # type: ignore[arg-type]  # Django knows views alone
application = ProtocolTypeRouter(
    {
        "http": Bridge(wsgi, threads=THREADS, most_bytes=settings.INGEST_MAX_BODY_BYTES),
        "websocket": URLRouter(routes),
    }
)

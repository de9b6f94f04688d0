"""The socket of live numbers where the other end is odd in ways that no client can be made to be."""

import asyncio

import pytest
from django.db import OperationalError

from analytics.api import live_socket
from analytics.api.live_socket import LiveSocket
from config.socket_login import Login

SCOPE = {"type": "websocket", "path": "/ws/realtime/metrics", "headers": [], "subprotocols": []}


def speak(says, send, subprotocols=()):
    """What a socket does that is told `says`, and then nothing any more."""

    async def conversation():
        coming = [{"type": "websocket.connect"}, *({"type": "websocket.receive", "text": text} for text in says)]

        async def receive():
            return coming.pop(0) if coming else await asyncio.Event().wait()

        await asyncio.wait_for(LiveSocket()(SCOPE | {"subprotocols": list(subprotocols)}, receive, send), 30)

    asyncio.run(conversation())


def test_who_takes_nothing_is_cut_off(monkeypatch):
    monkeypatch.setattr(live_socket, "SLOW_SECONDS", 0.05)

    async def takes_nothing(message):
        if message["type"] == "websocket.send":
            await asyncio.Event().wait()

    with pytest.raises(asyncio.CancelledError):
        speak(['{"type": "ping"}'], takes_nothing)


def test_a_database_that_is_away_is_said_to_be_and_the_line_ends(monkeypatch):
    def away(self, scope):
        raise OperationalError("away")

    monkeypatch.setattr(Login, "user", away)
    sent = []

    async def send(message):
        sent.append(message)

    speak([], send, ["metrics.v1+json", "token"])
    assert [message["type"] for message in sent] == ["websocket.accept", "websocket.send", "websocket.close"]
    assert '"unavailable"' in sent[1]["text"]
    assert sent[2]["code"] == 1013

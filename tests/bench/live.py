"""How long after an event is stored 500 sockets are told of it."""

import asyncio
import json
import statistics
import time
from datetime import timedelta

import websockets
from django.utils import timezone
from websockets.asyncio.client import connect

from config.models import Member, Role, Scope, User
from config.tokens import issue
from ingestion import workspaces
from tests.bench import cpu
from tests.bench.report import figure, reset
from tests.servers import ask, free_port, web

SOCKETS, OF_ONE_USER = 500, 10
# Events with a pause that is longer than the interval of the sockets between them, and so many a second on and on.
APART, APART_SECONDS = 15, 1.3
STEADY_PER_SECOND, STEADY_SECONDS = 10, 15
QUIET_SECONDS = 10


def measure():
    reset()
    created = workspaces.create("bench")
    tokens = [token_of(created.workspace, number) for number in range(SOCKETS // OF_ONE_USER)]
    port = free_port()
    with web(port):
        asyncio.run(watch(port, created.write_key, tokens))


def token_of(workspace, number):
    user = User.objects.create_user(f"watcher{number}@example.com")
    Member.objects.create(user=user, workspace=workspace, role=Role.VIEWER)
    return issue(user, "bench", [Scope.READ_METRICS], timezone.now() + timedelta(days=1))[1]


async def watch(port, key, tokens):
    started = time.perf_counter()
    # When each socket was told first that so many people had been active.
    told = [{} for _ in range(SOCKETS)]
    readers = []
    for number in range(SOCKETS):
        socket = await connect(f"ws://127.0.0.1:{port}/ws/realtime/metrics", subprotocols=["metrics.v1+json"])
        await socket.send(json.dumps({"type": "auth", "token": tokens[number % len(tokens)]}))
        await socket.recv()
        await socket.send(json.dumps({"type": "subscribe", "id": "a", "metrics": ["dau", "online"]}))
        await socket.recv()
        readers.append(asyncio.create_task(read(socket, told[number])))
    figure("sockets opened, logged in and subscribed", SOCKETS / (time.perf_counter() - started), "", "/s")
    before = cpu.seconds()
    await asyncio.sleep(QUIET_SECONDS)
    spent = cpu.seconds() - before
    figure(
        f"processor time of web with {SOCKETS} sockets and no event", spent["web"] / QUIET_SECONDS * 1000, "", "ms/s"
    )
    apart = await send(port, key, 0, APART, APART_SECONDS)
    count = STEADY_PER_SECOND * STEADY_SECONDS
    before = cpu.seconds()
    steady = await send(port, key, APART, count, 1 / STEADY_PER_SECOND)
    spent = cpu.seconds() - before
    await asyncio.sleep(3)
    for name, stored in (("events apart", apart), (f"{STEADY_PER_SECOND} events a second", steady)):
        delays = sorted(seen(moments, people) - at for people, at in stored.items() for moments in told)
        figure(f"{name}: median delay at {SOCKETS} sockets", statistics.median(delays) * 1000, "", "ms")
        figure(f"{name}: p95 delay at {SOCKETS} sockets", delays[int(len(delays) * 0.95)] * 1000, "< 1,000", "ms")
    figure(
        f"processor time of web at {STEADY_PER_SECOND} events a second",
        spent["web"] / STEADY_SECONDS * 1000,
        "",
        "ms/s",
    )
    figure("sockets still open", sum(not task.done() for task in readers), f">= {SOCKETS}")
    for task in readers:
        task.cancel()


async def read(socket, told):
    try:
        while True:
            frame = json.loads(await socket.recv())
            for one in frame.get("metrics", ()):
                if one["name"] == "dau":
                    told.setdefault(one["value"], time.perf_counter())
    except websockets.ConnectionClosed:
        return


async def send(port, key, people, count, pause):
    """When each event, of one person more, was stored: {people active by then: seconds}."""
    stored = {}
    first = time.perf_counter()
    for number in range(count):
        await asyncio.sleep(max(first + number * pause - time.perf_counter(), 0))
        event = {"event_name": "post_created", "user_id": f"person-{people + number}"}
        await asyncio.to_thread(ask, port, "POST", "/api/events", event, Authorization=f"Bearer {key}")
        stored[people + number + 1] = time.perf_counter()
    return stored


def seen(moments, people):
    """When a socket was told of so many people or more, as it is told the latest alone."""
    return min((moment for value, moment in moments.items() if value >= people), default=float("inf"))

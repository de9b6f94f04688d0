"""Tells sockets the live numbers when they change: one reader of Redis in each process of the web server.

A batch that is counted publishes that the counters of its workspace have changed (lua/count.lua). The reader asks for
them once for all who listen, at most every LEAST_SECONDS, and at least every MOST_SECONDS, since people go offline and
minutes end without a message. Whoever listens keeps nothing but the latest numbers.
"""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import redis.asyncio
from channels.db import DatabaseSyncToAsync
from django.conf import settings
from redis.exceptions import RedisError

from analytics import realtime
from analytics.realtime import Live
from config.models import Workspace

logger = logging.getLogger(__name__)

LEAST_SECONDS = 0.2
MOST_SECONDS = 5.0
AGAIN_SECONDS = 1.0
ENDING = ":metrics:changed"


class Watch:
    """The numbers of one workspace, for all sockets of this process that show them."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.known_at = time.monotonic()
        self.latest: Live | None = None
        self.listeners: set[asyncio.Event] = set()
        self.changed = asyncio.Event()
        self.task: asyncio.Task[None] | None = None


def _read(watch: Watch) -> Live:
    """The zone of the workspace, which says what today is, is at most KNOWN_SECONDS out of date."""
    if time.monotonic() - watch.known_at > realtime.KNOWN_SECONDS:
        watch.workspace.refresh_from_db(fields=["time_zone"])
        watch.known_at = time.monotonic()
    return realtime.live(watch.workspace)


class Feed:
    """Of one event loop."""

    def __init__(self) -> None:
        self.watches: dict[str, Watch] = {}
        self.reader: asyncio.Task[None] | None = None
        # What sockets ask of the database must not keep the numbers waiting.
        threads = ThreadPoolExecutor(1, thread_name_prefix="live")
        self.read = DatabaseSyncToAsync(_read, thread_sensitive=False, executor=threads)

    def listen(self, workspace: Workspace, listener: asyncio.Event) -> Watch:
        """Sets the listener whenever there are new numbers in Watch.latest, and at once where there are some."""
        watch = self.watches.get(workspace.slug)
        if watch is None:
            watch = self.watches[workspace.slug] = Watch(workspace)
            watch.task = asyncio.create_task(self._follow(watch))
        watch.workspace = workspace
        watch.listeners.add(listener)
        listener.set()
        if self.reader is None:
            self.reader = asyncio.create_task(self._hear())
        return watch

    def leave(self, watch: Watch, listener: asyncio.Event) -> None:
        watch.listeners.discard(listener)
        if not watch.listeners and self.watches.get(watch.workspace.slug) is watch:
            del self.watches[watch.workspace.slug]
            if watch.task is not None:
                watch.task.cancel()

    async def _follow(self, watch: Watch) -> None:
        while True:
            watch.changed.clear()
            try:
                watch.latest = await self.read(watch)
            except Exception:
                # A database that is away takes the session gap with it: the numbers stay as they are.
                logger.exception("Live numbers of %s could not be read", watch.workspace.slug)
            for listener in watch.listeners:
                listener.set()
            await asyncio.sleep(LEAST_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(MOST_SECONDS):
                    await watch.changed.wait()

    async def _hear(self) -> None:
        """Note what has changed, as long as the process lives."""
        while True:
            try:
                async with redis.asyncio.Redis.from_url(settings.REDIS_URL) as client, client.pubsub() as told:
                    await told.psubscribe(f"*{ENDING}")
                    async for message in told.listen():
                        slug = message["channel"].decode().removesuffix(ENDING)
                        if watch := self.watches.get(slug):
                            watch.changed.set()
            except (RedisError, OSError) as error:
                logger.warning("Changes of live numbers cannot be heard: %s", error)
            await asyncio.sleep(AGAIN_SECONDS)


_feeds: dict[asyncio.AbstractEventLoop, Feed] = {}


def feed() -> Feed:
    """That of the running loop, which in the web server is the only one of its process."""
    loop = asyncio.get_running_loop()
    if loop not in _feeds:
        _feeds[loop] = Feed()
    return _feeds[loop]

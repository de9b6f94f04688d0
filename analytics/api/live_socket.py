"""The socket of live numbers, /api/realtime/metrics and /ws/realtime/metrics (docs/howto/live-numbers.md)."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from typing import Any

import msgspec
from channels.db import database_sync_to_async
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import Error as DatabaseError

from analytics import live_subscriptions
from analytics.api.reading import take_read
from analytics.live_feed import feed
from analytics.live_subscriptions import SUBPROTOCOL, BadFrame, Incoming, Subscription
from config.models import Scope, User, Workspace
from config.permissions import may_read_metrics, workspaces_of
from config.socket_login import NO_RIGHT, UNKNOWN, Login, Refused, by_cookie
from privacy.access_log import Read, Reader, record

logger = logging.getLogger(__name__)

BAD_FRAME, AUTH_TIMEOUT, TOO_MANY = 4400, 4408, 4429
# Of the protocol itself: what cannot be done now can be tried again.
AGAIN_LATER = 1013
AUTH_SECONDS = 5.0
# How often who is at the other end, and what they may see, is asked again.
RECHECK_SECONDS = 60.0
PING_SECONDS = 30.0
# A reader who takes nothing for so long is gone.
SLOW_SECONDS = 60.0
# Of one user, in one process of the web server.
MOST_SOCKETS = 20
MOST_SUBSCRIPTIONS = 20
# So many messages at once, and so many a second on and on.
BURST, MESSAGES_PER_SECOND = 40, 10

_sockets: Counter[int] = Counter()


class LiveSocket(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.main = asyncio.current_task()
        self.user: User | None = None
        self.login: Login | None = None
        self.subscriptions: dict[str, Subscription] = {}
        self.news = asyncio.Event()
        self.sending = asyncio.Lock()
        self.is_open = True
        self.allowance, self.counted_at = float(BURST), self.loop.time()
        offered = self.scope["subprotocols"]
        await self.accept(SUBPROTOCOL if SUBPROTOCOL in offered else None)
        self.tasks = [asyncio.create_task(task) for task in (self._watch_over(), self._tell())]
        if offered and SUBPROTOCOL not in offered:
            self._end(BAD_FRAME, f"This socket speaks {SUBPROTOCOL}")
            return
        tokens = [word for word in offered if word != SUBPROTOCOL]
        login = Login(token=tokens[0]) if tokens else by_cookie(self.scope["headers"])
        if login is not None:
            # Whose cookie has ended may still have a token.
            await self._log_in(login, is_last_word=bool(tokens))

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if not self.is_open:
            return
        if not self._allowed():
            await self._refuse("", "too_many", f"At most {MESSAGES_PER_SECOND} messages a second", TOO_MANY)
            return
        try:
            message = live_subscriptions.read(text_data)
        except BadFrame as error:
            await self._refuse("", "bad_frame", str(error), BAD_FRAME)
            return
        try:
            await self._do(message)
        except live_subscriptions.Refused as error:
            await self._refuse(message.id, error.code, str(error))
        except DatabaseError:
            logger.exception("A message of a socket could not be done")
            await self._refuse(message.id, "unavailable", "The database cannot be asked; try again")

    async def disconnect(self, code: int) -> None:
        self._tidy_up()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        self.ending: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()

        async def receive_or_end() -> Any:
            # The server closes no socket of which somebody waits for a message.
            coming = asyncio.ensure_future(receive())
            try:
                await asyncio.wait({coming, self.ending}, return_when=asyncio.FIRST_COMPLETED)
                return {"type": "live.end"} if self.ending.done() else await coming
            finally:
                coming.cancel()

        try:
            return await super().__call__(scope, receive_or_end, send)
        finally:
            self._tidy_up()

    async def live_end(self, _message: Any) -> None:
        code, reason = self.ending.result()
        # The protocol has room for 123 bytes.
        await self.close(code, reason.encode()[:120].decode(errors="ignore"))
        raise StopConsumer

    def _tidy_up(self) -> None:
        self.is_open = False
        for task in getattr(self, "tasks", []):
            task.cancel()
        for subscription in getattr(self, "subscriptions", {}).values():
            feed().leave(subscription.watch, self.news)
        self.subscriptions = {}
        user: User | None = getattr(self, "user", None)
        if user is not None:
            self.user = None
            _sockets[user.pk] -= 1
            if not _sockets[user.pk]:
                del _sockets[user.pk]

    async def _do(self, message: Incoming) -> None:
        if message.type == "auth":
            await self._log_in(Login(token=message.token or "-"))
        elif message.type == "ping":
            await self._say({"type": "pong", "id": message.id})
        elif self.user is None:
            await self._refuse(message.id, "unauthenticated", "Say who you are first, by `auth`", UNKNOWN)
        elif message.type == "subscribe":
            await self._subscribe(message, self.user)
        elif self.subscriptions.get(message.id) is None:
            raise live_subscriptions.Refused("unknown_subscription", f"There is no subscription {message.id!r}")
        else:
            self._unsubscribe(message.id)

    async def _log_in(self, login: Login, *, is_last_word: bool = True) -> None:
        """For the first time, or again before a token ends; who was logged in stays who they are."""
        try:
            user = await database_sync_to_async(login.user)(Scope.READ_METRICS)
        except Refused as error:
            if is_last_word:
                await self._refuse("", "unauthenticated", str(error), error.code)
            return
        except DatabaseError:
            logger.exception("Who is at a socket could not be asked")
            await self._refuse("", "unavailable", "The database cannot be asked; try again", AGAIN_LATER)
            return
        if self.user is None:
            if _sockets[user.pk] >= MOST_SOCKETS:
                await self._refuse("", "too_many", f"At most {MOST_SOCKETS} sockets of one user", TOO_MANY)
                return
            _sockets[user.pk] += 1
        elif self.user.pk != user.pk:
            await self._refuse("", "no_right", "The token is of another user", NO_RIGHT)
            return
        self.user, self.login = user, login
        await self._say({"type": "ready"})

    async def _subscribe(self, message: Incoming, user: User) -> None:
        keys = live_subscriptions.asked(message)
        if message.id not in self.subscriptions and len(self.subscriptions) >= MOST_SUBSCRIPTIONS:
            raise live_subscriptions.Refused("too_many", f"At most {MOST_SUBSCRIPTIONS} subscriptions of one socket")
        path = self.scope["path"]
        workspace = await database_sync_to_async(workspace_for)(user, self.login, message.project, keys, path)
        if workspace is None:
            await self._refuse(message.id, "no_right", f"You have no workspace {message.project!r}", NO_RIGHT)
            return
        if message.id in self.subscriptions:
            self._unsubscribe(message.id)
        watch = feed().listen(workspace, self.news)
        self.subscriptions[message.id] = Subscription(message.id, watch, keys, message.interval)

    def _unsubscribe(self, key: str) -> None:
        watch = self.subscriptions.pop(key).watch
        if all(other.watch is not watch for other in self.subscriptions.values()):
            feed().leave(watch, self.news)

    def _allowed(self) -> bool:
        now = self.loop.time()
        self.allowance = min(BURST, self.allowance + (now - self.counted_at) * MESSAGES_PER_SECOND)
        self.counted_at = now
        self.allowance -= 1
        return self.allowance >= 0

    async def _tell(self) -> None:
        """Send what is new when it is due, and a ping where nothing was for long."""
        spoken_at = self.loop.time()
        while True:
            self.news.clear()
            now = self.loop.time()
            for subscription in list(self.subscriptions.values()):
                if frame := subscription.frame(now):
                    await self._say(frame)
                    spoken_at = now
            if now - spoken_at >= PING_SECONDS:
                await self._say({"type": "ping"})
                spoken_at = now
            wanted = [one.due for one in self.subscriptions.values() if one.news()]
            next_at = min([spoken_at + PING_SECONDS, *wanted])
            with suppress(TimeoutError):
                async with asyncio.timeout(max(next_at - self.loop.time(), 0)):
                    await self.news.wait()

    async def _watch_over(self) -> None:
        """End the socket of who does not say in time who they are, and of who may no longer look."""
        await asyncio.sleep(AUTH_SECONDS)
        if self.user is None:
            self._end(AUTH_TIMEOUT, f"Nobody said within {AUTH_SECONDS:.0f} s who it is")
        while self.is_open:
            await asyncio.sleep(RECHECK_SECONDS)
            try:
                await database_sync_to_async(self._check)()
            except Refused as error:
                self._end(error.code, str(error))
            except DatabaseError:
                logger.exception("Who is at a socket could not be asked again")

    def _check(self) -> None:
        assert self.login is not None
        user = self.login.user(Scope.READ_METRICS)
        for subscription in list(self.subscriptions.values()):
            if not may_read_metrics(user, subscription.watch.workspace):
                raise Refused(NO_RIGHT, f"You have no workspace {subscription.watch.workspace.slug!r}")

    async def _refuse(self, about: str, code: str, message: str, close: int = 0) -> None:
        await self._say({"type": "error", "id": about or None, "code": code, "message": message})
        if close:
            self._end(close, message)

    def _end(self, code: int, reason: str) -> None:
        self.is_open = False
        if not self.ending.done():
            self.ending.set_result((code, reason))

    async def _say(self, frame: dict[str, Any]) -> None:
        if not self.is_open:
            return
        try:
            async with asyncio.timeout(SLOW_SECONDS), self.sending:
                await self.send(msgspec.json.encode(frame).decode())
        except TimeoutError:
            # Nothing can be said to them any more, not even that it ends.
            self.is_open = False
            if self.main is not None:
                self.main.cancel()
        except (OSError, RuntimeError):
            # They are gone already.
            self.is_open = False


def workspace_for(user: User, login: Login | None, slug: str, keys: list[str], path: str) -> Workspace | None:
    """The workspace of that name whose numbers the user may read, or the only one where none is named; goes on record.

    None where there is none. Raises live_subscriptions.Refused where it has to be named.
    """
    mine = workspaces_of(user)
    found = list((mine.filter(slug=slug) if slug else mine)[:2])
    if not slug and len(found) != 1:
        raise live_subscriptions.Refused("workspace_needed", "Name the workspace by `project`")
    workspace = found[0] if found and may_read_metrics(user, found[0]) else None
    reader = Reader(user.email, user_id=user.pk, token_id=login.token_id if login else None)
    taken = take_read(reader)
    if taken is not None and taken.refused:
        raise live_subscriptions.Refused("too_many_reads", f"You may read {taken.limit:,} times an hour")
    read = Read(None if workspace is None else workspace.pk, {"project": slug, "metrics": keys})
    record(reader, read, "SUBSCRIBE", path, 200 if workspace else NO_RIGHT)
    return workspace

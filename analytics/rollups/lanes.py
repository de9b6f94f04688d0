"""Several rollups at a time, each after those it depends on.

A fill is work of PostgreSQL, which gives each connection one core.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Condition, Thread
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections
from psycopg import Error as PsycopgError

from analytics.rollups.rollup import Rollup

logger = logging.getLogger(__name__)

Work = Callable[[Rollup], None]


class _Plan:
    """What is still to be done, for all lanes."""

    def __init__(self, rollups: Iterable[Rollup]) -> None:
        self.waiting = {rollup.key: rollup for rollup in rollups}
        self.running: set[str] = set()
        self.changed = Condition()
        self.error: BaseException | None = None

    def take(self) -> Rollup | None:
        """The first that waits for no other; None when there is nothing left to do."""
        with self.changed:
            while self.waiting:
                ahead = self.running | self.waiting.keys()
                ready = next((one for one in self.waiting.values() if ahead.isdisjoint(one.depends_on)), None)
                if ready is not None:
                    del self.waiting[ready.key]
                    self.running.add(ready.key)
                    return ready
                self.changed.wait()
        return None

    def done(self, rollup: Rollup) -> None:
        with self.changed:
            self.running.discard(rollup.key)
            self.changed.notify_all()

    def stop(self, error: BaseException) -> None:
        """Nobody begins another one."""
        with self.changed:
            self.error = self.error or error
            self.waiting.clear()
            self.changed.notify_all()

    def go_on(self, work: Work) -> None:
        while (rollup := self.take()) is not None:
            try:
                work(rollup)
            finally:
                self.done(rollup)


class _Lane(Thread):
    """A connection beside the caller's."""

    def __init__(self, plan: _Plan, work: Work) -> None:
        super().__init__(name="fill", daemon=True)
        self.plan, self.work = plan, work
        self.database: Any = None

    def run(self) -> None:
        self.database = connections[DEFAULT_DB_ALIAS]
        try:
            self.database.ensure_connection()
        except DatabaseError as error:
            # Nothing of the work has failed: the caller has a connection, and does all of it.
            logger.warning("There is no further connection to fill rollups by: %s", error)
            return
        try:
            self.plan.go_on(self._one)
        except BaseException as error:  # noqa: BLE001 the caller raises it
            self.plan.stop(error)
        finally:
            self.database.close()

    def _one(self, rollup: Rollup) -> None:
        # One that has died while there was nothing to do must not fail what comes next.
        self.database.close_if_unusable_or_obsolete()
        self.work(rollup)

    def cancel(self) -> None:
        """End it as soon as may be: not when the statement that runs is done, which may take minutes."""
        while self.is_alive():
            if (raw := getattr(self.database, "connection", None)) is not None:
                with suppress(PsycopgError):
                    raw.cancel_safe(timeout=1)
            self.join(1)


def each(rollups: Iterable[Rollup], work: Work) -> None:
    """Call work with every rollup, as many at a time as FILL_CONNECTIONS says, and return when all are done.

    What work raises, or a signal, is raised, and nothing more is begun; a signal cancels what the other connections do.
    One at a time within a transaction, which no other connection could look into.
    """
    plan = _Plan(rollups)
    more = 0 if connection.in_atomic_block else min(settings.FILL_CONNECTIONS, len(plan.waiting)) - 1
    lanes = [_Lane(plan, work) for _ in range(more)]
    try:
        for lane in lanes:
            lane.start()
        plan.go_on(work)
        for lane in lanes:
            lane.join()
    except BaseException as error:
        plan.stop(error)
        for lane in lanes:
            lane.cancel()
        raise
    if plan.error is not None:
        raise plan.error

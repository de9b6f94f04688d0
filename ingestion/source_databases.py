"""Reading the outboxes of the team's databases into the pipeline: which are due, how it went, when to try again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import timedelta

import psycopg
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from config.lib import sealing
from config.lib.addresses import AddressRefused
from config.models import Workspace
from ingestion import keys, outbox
from ingestion.models import SourceDatabase, WriteKey
from ingestion.outbox import DsnRefused
from ingestion.pipeline import Result

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 5.0, 900.0
# The schedule starts the next look, so one ends before.
PATIENCE_SECONDS = 45.0
PURPOSE = "source database"
LONGEST_ERROR = 1_000


class Away(Exception):  # noqa: N818 named as its caller sees it
    """The team's database cannot be read; the row says why and when it is tried again."""


@dataclass(slots=True)
class Polled:
    rows: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0

    def add(self, results: list[Result]) -> None:
        found = [result.status for result in results]
        self.rows += len(found)
        self.accepted += found.count("accepted")
        self.duplicates += found.count("duplicate")
        self.rejected += found.count("rejected")

    def __add__(self, other: Polled) -> Polled:
        return Polled(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))


def set_dsn(database: SourceDatabase, dsn: str) -> None:
    """Seal the address into the row, which is not saved. Raises DsnRefused."""
    outbox.read_dsn(dsn)
    database.sealed_dsn = sealing.seal(dsn, PURPOSE)


def shown_dsn(database: SourceDatabase) -> str:
    """Its address without the password, or why there is none to show."""
    try:
        return outbox.masked(_dsn(database))
    except ValueError as error:
        return str(error)


def enabled(workspace: Workspace) -> QuerySet[SourceDatabase]:
    rows = SourceDatabase.objects.filter(source__workspace=workspace, source__enabled=True, enabled=True)
    return rows.select_related("source__workspace").order_by("pk")


def due(databases: QuerySet[SourceDatabase]) -> QuerySet[SourceDatabase]:
    """Without those that failed and whose pause is not over."""
    return databases.filter(Q(next_poll_at__isnull=True) | Q(next_poll_at__lte=timezone.now()))


def anything_waits(databases: Iterable[SourceDatabase]) -> bool:
    """Look at each, so that its state is fresh, and say whether there is anything to read in one of them."""
    found = False
    for database in databases:
        with suppress(Away):
            found |= look(database).waiting > 0
    return found


def look(database: SourceDatabase) -> outbox.State:
    """How much waits; nothing is read. Raises Away."""
    try:
        with outbox.connected(_dsn(database)) as connection:
            found = outbox.state(connection)
    except (psycopg.Error, DsnRefused, AddressRefused, sealing.Unreadable) as error:
        raise _failed(database, error) from None
    _answered(database, found, Polled())
    return found


def poll(database: SourceDatabase, patience_seconds: float = PATIENCE_SECONDS) -> Polled:
    """Read what waits, oldest first, until nothing does or the time is over. Several at once share the work.

    Raises Away, and django.db.Error when our own database is: what was not stored then is still in the outbox.
    """
    source = keys.context_of(database.source, WriteKey.Scope.SERVER)
    end = time.monotonic() + patience_seconds
    done = Polled()
    try:
        with outbox.connected(_dsn(database)) as connection:
            while results := outbox.take(connection, source):
                done.add(results)
                if time.monotonic() >= end:
                    break
            found = outbox.state(connection)
    except (psycopg.Error, DsnRefused, AddressRefused, sealing.Unreadable) as error:
        _count(database, done)
        raise _failed(database, error) from None
    _answered(database, found, done)
    return done


def poll_all(databases: Iterable[SourceDatabase], say: Callable[[str], None]) -> Polled:
    """Poll each; one that is away does not stop the next. Raises Away at the end when any was."""
    total, away = Polled(), []
    for database in databases:
        try:
            done = poll(database)
        except Away as error:
            say(f"{database} is away: {error}")
            away.append(str(database))
        else:
            say(f"{database}: {done.rows} rows, {done.accepted} new, {done.rejected} not stored")
            total += done
    if away:
        raise Away(f"Away: {', '.join(away)}; the source databases say why")
    return total


def _dsn(database: SourceDatabase) -> str:
    return sealing.unseal(database.sealed_dsn, PURPOSE)


def _count(database: SourceDatabase, done: Polled, **facts: object) -> None:
    """Sums are made by the database: two pollers may end at the same moment."""
    SourceDatabase.objects.filter(pk=database.pk).update(
        accepted=F("accepted") + done.accepted,
        duplicates=F("duplicates") + done.duplicates,
        rejected=F("rejected") + done.rejected,
        polled_at=timezone.now(),
        **facts,
    )


def _answered(database: SourceDatabase, found: outbox.State, done: Polled) -> None:
    now = timezone.now()
    waits = found.waits_seconds
    _count(
        database,
        done,
        answered_at=now,
        waiting=found.waiting,
        oldest_at=None if waits is None else now - timedelta(seconds=waits),
        error="",
        failures=0,
        next_poll_at=None,
    )


def _failed(database: SourceDatabase, error: Exception) -> Away:
    """Write down what was wrong and leave the database alone for a while, longer each time."""
    database.refresh_from_db(fields=["failures"])
    pause = min(FIRST_PAUSE_SECONDS * 2 ** min(database.failures, 20), LONGEST_PAUSE_SECONDS)
    # Jitter, so that databases that went away together are not all asked together.
    pause *= random.uniform(0.5, 1.0)  # noqa: S311 no secret
    said = _without_password(database, " ".join(str(error).split()))[:LONGEST_ERROR]
    now = timezone.now()
    SourceDatabase.objects.filter(pk=database.pk).update(
        polled_at=now, error=said, failures=F("failures") + 1, next_poll_at=now + timedelta(seconds=pause)
    )
    return Away(said)


def _without_password(database: SourceDatabase, said: str) -> str:
    try:
        password = outbox.read_dsn(_dsn(database)).get("password")
    except ValueError:
        return said
    return said.replace(password, "••••") if password else said

"""Daily partitions of the event table: made ahead by a job, and on demand for days nobody expected."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from django.db import DatabaseError, connection, transaction
from psycopg import sql

from config.lib.locks import lock_in_transaction

DAYS_AHEAD = 7
PREFIX = "ingestion_event_p"
# Each makes three locks; a transaction of this many stays far below max_locks_per_transaction of any server.
PER_TRANSACTION = 50

# Days this process has seen a partition for. A partition is only ever dropped by the retention job, which leaves days
# that can still receive events alone.
_known: set[date] = set()


def name_of(day: date) -> str:
    return f"{PREFIX}{day:%Y%m%d}"


def existing() -> set[date]:
    """Days that have a partition."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = pg_inherits.inhrelid"
            " WHERE pg_inherits.inhparent = 'ingestion_event'::regclass"
        )
        return {
            datetime.strptime(name.removeprefix(PREFIX), "%Y%m%d").replace(tzinfo=UTC).date()
            for (name,) in cursor.fetchall()
        }


def are_known(days: set[date]) -> bool:
    """Whether this process has seen a partition for each."""
    return days <= _known


def ensure(days: Iterable[date]) -> list[date]:
    """Make the partitions that are missing; the days made. Call it outside a transaction that holds events.

    A new table is filled in beside the parent and then attached, which only takes a lock that writers do not mind.
    """
    missing = sorted(set(days) - _known)
    if not missing:
        return []
    made: list[date] = []
    for start in range(0, len(missing), PER_TRANSACTION):
        part = missing[start : start + PER_TRANSACTION]
        with transaction.atomic():
            lock_in_transaction("ingestion.partitions")
            there = existing()
            for day in part:
                if day not in there:
                    _make(day)
                    made.append(day)
        _known.update(part)
    return made


def ensure_ahead(today: date) -> list[date]:
    """Partitions from yesterday to DAYS_AHEAD from today; the days made."""
    return ensure(today + timedelta(days=offset) for offset in range(-1, DAYS_AHEAD + 1))


def check() -> str:
    """Readiness: "ok" when today's events have a partition to go to."""
    try:
        there = datetime.now(UTC).date() in existing()
    except DatabaseError:
        return "unknown"
    return "ok" if there else "no partition for today"


def forget() -> None:
    """Make this process look again which partitions there are."""
    _known.clear()


def _make(day: date) -> None:
    start = datetime.combine(day, time(), tzinfo=UTC)
    name = sql.Identifier(name_of(day))
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE TABLE {} (LIKE ingestion_event INCLUDING ALL)").format(name))
        cursor.execute(
            sql.SQL("ALTER TABLE ingestion_event ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})").format(
                name, sql.Literal(start.isoformat()), sql.Literal((start + timedelta(days=1)).isoformat())
            )
        )

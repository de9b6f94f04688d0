"""How many events came in by UTC hour of receipt, what became of them and how late they were.

Batches add to a hash in Redis, in the one round trip that the live counters take anyway; every five minutes the
hashes are copied into ArrivalHour. A hash has the instant it began in `since`: copying it again overwrites its row, and
one that begins anew, because Redis lost its data, has a row of its own.

Keys: {slug}:arrivals:{YYYYMMDDHH} the counts, {slug}:arrivals:hours the hours that are to be copied.
Spreads of seconds are counted by steps, four to each doubling: a percentile is off by a tenth at most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import floor, log2
from typing import Any

import msgspec
from django.db import connection, transaction
from django.utils import timezone

from analytics.rollups import reopen
from config.lib.buckets import HOUR, hour_start
from config.lib.redis import client
from config.lib.sql import statement
from config.models import Workspace
from ingestion.sinks import Stored

KEEP = statement("analytics", "keep_arrivals")
NUMBERS = ("received", "stored", "duplicates", "rejected", "refused")
SPREADS = ("lag", "delay")
KEPT_SECONDS = 8 * 86_400
# Hours that ended so long ago are off the list once they are copied.
DONE_AFTER = timedelta(hours=2)
LEAST_SECONDS = 0.001

# Of a workspace, by hour: what could not be written while Redis was away.
_owed: dict[str, dict[str, Counter[str]]] = {}


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What batches of one hour add; without an hour it is nothing."""

    hour: str = ""
    since: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def keys(self, slug: str) -> list[str]:
        return [_key(slug, self.hour), _key(slug, "hours")] if self.hour else []

    def change(self) -> dict[str, Any]:
        return {"hour": self.hour, "since": self.since, "counts": self.counts, "seconds": KEPT_SECONDS}


def of(batches: Sequence[tuple[Stored, datetime]]) -> Arrivals:
    """What batches add that came within one hour, each with the instant at which it was committed."""
    counts: Counter[str] = Counter()
    delays: Counter[int] = Counter()
    hour, since = "", 0
    for stored, committed_at in batches:
        received_at, received, found = stored.received_at, stored.received + stored.refused, len(stored.events)
        if received_at is None or not received:
            continue
        if not hour:
            hour, since = f"{received_at.astimezone(UTC):%Y%m%d%H}", int(committed_at.timestamp() * 1_000_000)
        delays.update([step_of((received_at - event.occurred_at).total_seconds()) for event in stored.events])
        counts[f"lag:{step_of((committed_at - received_at).total_seconds())}"] += found
        numbers = (received, found, stored.received - stored.rejected - found, stored.rejected, stored.refused)
        for name, number in zip(NUMBERS, numbers, strict=True):
            counts[name] += number
    counts.update({f"delay:{step}": number for step, number in delays.items()})
    return Arrivals(hour, since, {name: number for name, number in counts.items() if number})


def step_of(seconds: float) -> int:
    """The step a number of seconds is counted in; the clock of a sender may be fast, which is no delay."""
    return floor(4 * log2(seconds)) if seconds > LEAST_SECONDS else -40


def owe(slug: str, counted: Arrivals) -> None:
    """Remember what Redis did not take."""
    if counted.hour:
        _owed.setdefault(slug, {}).setdefault(counted.hour, Counter()).update(counted.counts)


def pay(slug: str) -> None:
    """Write what is owed, now that Redis is there. Raises redis.RedisError."""
    for hour, counts in _owed.pop(slug, {}).items():
        try:
            with client().pipeline(transaction=True) as pipe:
                pipe.hsetnx(_key(slug, hour), "since", int(timezone.now().timestamp() * 1_000_000))
                for name, number in counts.items():
                    pipe.hincrby(_key(slug, hour), name, number)
                pipe.expire(_key(slug, hour), KEPT_SECONDS)
                pipe.sadd(_key(slug, "hours"), hour)
                pipe.execute()
        except Exception:
            _owed.setdefault(slug, {})[hour] = counts
            raise


def any_to_keep(workspace: Workspace) -> bool:
    return bool(client().exists(_key(workspace.slug, "hours")))


def keep(workspace: Workspace) -> int:
    """Copy the counts into their table, and have days filled again whose hours were over; the number of hours.

    As often as one likes: a row is overwritten by what its hash says now.
    """
    slug, now = workspace.slug, timezone.now()
    hours = sorted(hour.decode() for hour in client().smembers(_key(slug, "hours")))
    rows = [row for hour in hours if (row := _row(slug, hour))]
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(KEEP, {"workspace_id": workspace.pk, "rows": msgspec.json.encode(rows).decode()})
            changed = {hour for (hour,) in cursor.fetchall()}
        over = hour_start(now - reopen.ALREADY_OVER)
        reopen.touch(workspace.pk, {hour for hour in changed if hour < over})
    if done := [hour for hour in hours if _instant(hour) + HOUR + DONE_AFTER < now]:
        client().srem(_key(slug, "hours"), *done)
    return len(changed)


def _row(slug: str, hour: str) -> dict[str, Any]:
    """What is counted of an hour, in the form of sql/keep_arrivals.sql; {} where Redis has lost it."""
    counts = {name.decode(): int(number) for name, number in client().hgetall(_key(slug, hour)).items()}
    if not counts:
        return {}
    row: dict[str, Any] = {name: counts.get(name, 0) for name in NUMBERS}
    for spread in SPREADS:
        row[spread] = {name.partition(":")[2]: n for name, n in counts.items() if name.startswith(f"{spread}:")}
    return row | {"hour": _instant(hour), "since": counts["since"]}


def _instant(hour: str) -> datetime:
    return datetime.strptime(hour, "%Y%m%d%H").replace(tzinfo=UTC)


def _key(slug: str, name: str) -> str:
    return f"{slug}:arrivals:{name}"

"""The sweep: the same event stored under two times is taken out (events.md 2).

An event's time is part of its key. Where the client sends none, or by a clock that is off, what is sent again gets
another time and stands twice; the sweep leaves the copy whose time says most. It looks at the days that events were
stored for of late, not at the history.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from config.lib.locks import lock_in_transaction
from config.lib.sql import statement
from config.models import Workspace
from config.runs import Recorder
from ingestion import sinks
from ingestion.flags import Flag
from ingestion.models import StoredDay

FIND_DUPLICATES = statement("ingestion", "find_duplicates")
REMOVE_EVENTS = statement("ingestion", "remove_events")
# What is sent again so many days after it was first stored is still found beside its first copy.
REACH_DAYS = 3
# Days read by one statement, from the first to the last: each partition takes three locks.
SPAN = timedelta(days=100)
REMOVED_AT_ONCE = 20_000
DAY = timedelta(days=1)


@dataclass(slots=True)
class Swept:
    """days looked at, and the number of copies that went (or, in a dry run, would go)."""

    days: list[date]
    removed: int


# (workspace, day) pairs this process has noted on a day; the next day it notes them anew.
_noted: set[tuple[int, date]] = set()
_noted_on = date.min


def note_days(stored: sinks.Stored) -> sinks.Write | None:
    """Sink: which days a sweep has to look at. Writes with the first batch of a day."""
    global _noted_on  # noqa: PLW0603 one memory a process
    today = stored.stored_at.astimezone(UTC).date()
    if today != _noted_on:
        _noted.clear()
        _noted_on = today
    workspace = stored.source.workspace_id
    new = {(workspace, event.occurred_at.date()) for event in stored.events} - _noted
    return partial(_note, new, today) if new else None


def _note(new: set[tuple[int, date]], today: date) -> None:
    StoredDay.objects.bulk_create(
        [StoredDay(workspace_id=workspace, day=day, stored_on=today) for workspace, day in sorted(new)]
    )
    # Only what is committed may be taken for noted.
    transaction.on_commit(partial(_noted.update, new))


def forget() -> None:
    """Make this process note days again."""
    _noted.clear()


def days_of(workspace: Workspace) -> list[date]:
    """Days that events were stored for within the reach of a sweep."""
    rows = StoredDay.objects.filter(workspace=workspace, stored_on__gte=_oldest())
    return list(rows.order_by("day").values_list("day", flat=True).distinct())


def is_needed(workspace: Workspace) -> bool:
    return StoredDay.objects.filter(workspace=workspace).exists()


def sweep(workspace: Workspace, *, dry_run: bool = False) -> Swept:
    """Take out the copies of events of the days touched of late. Two at once remove what one would."""
    swept = Swept(days_of(workspace), 0)
    for part in _parts(swept.days):
        if dry_run:
            swept.removed += _found(workspace, part, most=1)[0]
            continue
        while removed := _remove(workspace, part):
            swept.removed += removed
    if not dry_run:
        StoredDay.objects.filter(workspace=workspace, stored_on__lt=_oldest()).delete()
    return swept


def recorded_sweep(recorder: Recorder, workspace: Workspace) -> Swept:
    """Sweep, and tell the run."""
    swept = sweep(workspace)
    recorder.rows_in, recorder.rows_out = len(swept.days), swept.removed
    if swept.days:
        recorder.window(_start(swept.days[0]), _start(swept.days[-1] + DAY))
    recorder.say(f"Looked at {len(swept.days)} days; {swept.removed} events stood there twice and were taken out once")
    return swept


def _oldest() -> date:
    return timezone.now().astimezone(UTC).date() - REACH_DAYS * DAY


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _parts(days: list[date]) -> Iterator[list[date]]:
    """Sorted days in parts of at most SPAN."""
    part: list[date] = []
    for day in days:
        if part and day - part[0] >= SPAN:
            yield part
            part = []
        part.append(day)
    if part:
        yield part


def _bounds(workspace: Workspace, days: list[date]) -> dict[str, Any]:
    return {"workspace_id": workspace.pk, "first": _start(days[0]), "last": _start(days[-1] + DAY)}


def _found(workspace: Workspace, days: list[date], most: int) -> tuple[int, list[tuple[Any, ...]]]:
    """(number of all copies that go, keys of at most so many)."""
    parameters = _bounds(workspace, days) | {
        "days": [_start(day) for day in days],
        "next_days": [_start(day + DAY) for day in days],
        "corrected": int(Flag.CLOCK_CORRECTED),
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(FIND_DUPLICATES, parameters)
        rows = cursor.fetchall()
    return (rows[0][3] if rows else 0), [row[:3] for row in rows]


def _remove(workspace: Workspace, days: list[date]) -> int:
    """Take out at most REMOVED_AT_ONCE, and have what was counted of them counted again, in one transaction."""
    with transaction.atomic():
        # Another sweep has to see which copies are gone: of two times it must not remove one and we the other.
        lock_in_transaction(f"ingestion.sweep:{workspace.pk}")
        _, keys = _found(workspace, days, REMOVED_AT_ONCE)
        if not keys:
            return 0
        names = dict(zip(("actors", "moments", "events"), map(list, zip(*keys, strict=True)), strict=True))
        with connection.cursor() as cursor:
            cursor.execute(REMOVE_EVENTS, _bounds(workspace, days) | names)
            moments = [moment for (moment,) in cursor.fetchall()]
        for told in sinks.REMOVED:
            told(workspace, moments)
    return len(moments)

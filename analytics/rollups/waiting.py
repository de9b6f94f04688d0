"""Days whose numbers will change with the next fill: those that something touched, and those it reaches."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection
from django.utils import timezone

from analytics import session_gap
from analytics.models import OpenBucket, TouchedHour, TouchedSince
from analytics.rollups import reopen
from analytics.rollups.rollup import ROLLUPS, Rollup, in_order
from config.lib import buckets
from config.lib.sql import statement
from config.models import Workspace

LINKED_PEOPLE = statement("analytics", "linked_people")
INSTANT = timedelta(microseconds=1)
# First and last day, both included.
Span = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Spans of days, in order and apart."""

    spans: list[Span]

    def touches(self, start: date, end: date) -> bool:
        """Whether any of the days [start, end) waits."""
        # The last span that begins before the end.
        place = bisect_right(self.spans, end - buckets.DAY, key=lambda span: span[0])
        return place > 0 and self.spans[place - 1][1] >= start

    def before(self, day: date) -> int:
        """How many days before that day wait."""
        return sum((min(last, day - buckets.DAY) - first).days + 1 for first, last in self.spans if first < day)

    @property
    def first(self) -> date | None:
        return self.spans[0][0] if self.spans else None


@dataclass(frozen=True, slots=True)
class _Touched:
    """Of a workspace: open buckets and instants from which on all is touched, by rollup, and touched UTC hours."""

    opened: list[tuple[str, datetime]]
    since: list[tuple[str, datetime]]
    hours: set[datetime]


# What was read within `read_once`: of a workspace what is touched, and of its rollups what waits.
_known: ContextVar[tuple[dict[int, _Touched], dict[tuple[int, str], Waiting]] | None] = ContextVar(
    "known", default=None
)


@contextmanager
def read_once() -> Iterator[None]:
    """Within it what waits is read once, for an answer that asks of many rollups and should find one truth."""
    token = _known.set(({}, {}))
    try:
        yield
    finally:
        _known.reset(token)


def waiting(workspace: Workspace, key: str) -> Waiting:
    """The days of a rollup that late events, merges and inputs to be filled again will change.

    What a fill finds out only when it is at it, such as a sign-up that moves to another day, is not among them.
    """
    known = _known.get()
    if known is None:
        needed = _inputs(key)
        return _waiting(workspace, key, _touched(workspace, needed))
    touched, found = known
    if workspace.pk not in touched:
        touched[workspace.pk] = _touched(workspace, {rollup.key for rollup in ROLLUPS})
    if (workspace.pk, key) not in found:
        found[workspace.pk, key] = _waiting(workspace, key, touched[workspace.pk])
    return found[workspace.pk, key]


def _touched(workspace: Workspace, rollups: set[str]) -> _Touched:
    hours = set(TouchedHour.objects.filter(workspace=workspace).values_list("hour", flat=True).distinct())
    hours |= reopen.hours_of(workspace, reopen.days_of(workspace, _linked(workspace)))
    opened = OpenBucket.objects.filter(workspace=workspace, rollup__in=rollups)
    since = TouchedSince.objects.filter(workspace=workspace, rollup__in=rollups)
    return _Touched(
        list(opened.values_list("rollup", "bucket")),
        list(since.values_list("rollup", "since")),
        hours,
    )


def _waiting(workspace: Workspace, key: str, touched: _Touched) -> Waiting:
    needed, hours = _inputs(key), touched.hours
    spans: dict[str, list[Span]] = {one: [] for one in needed}
    for name, bucket in touched.opened:
        if name in needed:
            spans[name].append(_days(bucket, ROLLUPS[name].after(bucket, workspace), workspace))
    for name, moment in touched.since:
        if name in needed:
            spans[name].append(_days(moment, max(moment + INSTANT, timezone.now()), workspace))
    for rollup in (one for one in in_order() if one.key in needed):
        own = spans[rollup.key]
        if rollup.reads_events:
            # What is still open within a gap before it may reach back into the day before.
            back = session_gap.longest(workspace) if rollup.widen and hours else timedelta(0)
            back = max(back, rollup.reach)
            ahead = buckets.HOUR + max(rollup.spill_in(workspace), rollup.reach) if hours else buckets.HOUR
            own += [_days(hour - back, hour + ahead, workspace) for hour in hours]
        for source, reach in rollup.depends_on.items():
            own += [_reached(rollup, span, reach) for span in spans[source] if reach is not None]
        spans[rollup.key] = _merged(own)
    return Waiting(spans[key])


def _inputs(key: str) -> set[str]:
    """The rollup and all that it stands on."""
    found: set[str] = set()
    ahead = [key]
    while ahead:
        one = ahead.pop()
        if one not in found:
            found.add(one)
            ahead += ROLLUPS[one].depends_on
    return found


def _linked(workspace: Workspace) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(LINKED_PEOPLE, {"workspace_id": workspace.pk})
        return [person for (person,) in cursor.fetchall()]


def _days(start: datetime, end: datetime, workspace: Workspace) -> Span:
    """The days that the instants [start, end) lie in."""
    return buckets.day_of(start, workspace.zone), buckets.day_of(end - INSTANT, workspace.zone)


def _reached(rollup: Rollup, span: Span, reach: int) -> Span:
    """The days of a rollup's buckets that a change of the span reaches, so many buckets on."""
    end = rollup.next_day(span[1])
    for _ in range(reach):
        end = rollup.next_day(end)
    return rollup.first_day(span[0]), end - buckets.DAY


def _merged(spans: Iterable[Span]) -> list[Span]:
    found: list[Span] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1] + buckets.DAY:
            found[-1] = found[-1][0], max(last, found[-1][1])
        else:
            found.append((first, last))
    return found

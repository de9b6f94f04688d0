"""Days whose numbers will change with the next fill: those that something touched, and those it reaches."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
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


def waiting(workspace: Workspace, key: str) -> Waiting:
    """The days of a rollup that late events, merges and inputs to be filled again will change.

    What a fill finds out only when it is at it, such as a sign-up that moves to another day, is not among them.
    """
    needed = _inputs(key)
    spans: dict[str, list[Span]] = {one: [] for one in needed}
    opened = OpenBucket.objects.filter(workspace=workspace, rollup__in=needed)
    for name, bucket in opened.values_list("rollup", "bucket"):
        spans[name].append(_days(bucket, ROLLUPS[name].after(bucket, workspace), workspace))
    since = TouchedSince.objects.filter(workspace=workspace, rollup__in=needed)
    for name, moment in since.values_list("rollup", "since"):
        spans[name].append(_days(moment, max(moment + INSTANT, timezone.now()), workspace))
    hours = set(TouchedHour.objects.filter(workspace=workspace).values_list("hour", flat=True).distinct())
    hours |= reopen.hours_of(workspace, reopen.days_of(workspace, _linked(workspace)))
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

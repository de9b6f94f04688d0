"""Who tells the engine that a bucket has to be filled again."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import connection
from django.utils import timezone

from analytics.models import TouchedSince
from config.lib import buckets
from config.lib.buckets import hour_start
from config.lib.sql import rows_of, statement
from config.models import Workspace
from ingestion.sinks import Stored, Write

# The engine takes a bucket for over OVER_AFTER its end, a writer reports an hour ALREADY_OVER after its end: the
# minutes between are the time a writing transaction has to commit and two clocks have to differ.
ALREADY_OVER = timedelta(minutes=1)
OVER_AFTER = timedelta(minutes=5)
TAKE_TOUCHED_SINCE = statement("analytics", "take_touched_since")
TOUCH_HOURS = statement("analytics", "touch_hours")
DAYS_OF_PEOPLE = statement("analytics", "days_of_people")


def touched_hours(stored: Stored) -> Write | None:
    """Sink: note the hours that were over when their events came."""
    over = hour_start(stored.stored_at - ALREADY_OVER)
    hours = {hour_start(event.occurred_at) for event in stored.events if event.occurred_at < over}
    return partial(touch, stored.source.workspace_id, hours) if hours else None


def since(workspace_id: int, rollup: str, moment: datetime) -> None:
    """Note that what a rollup reads has changed from that instant on, which its day and all later ones tell.

    For rollups of rooms that keep rows of their own, in the transaction that changes them.
    """
    if moment < hour_start(timezone.now() - ALREADY_OVER):
        TouchedSince.objects.create(workspace_id=workspace_id, rollup=rollup, since=moment)


def take_since(workspace: Workspace) -> dict[str, datetime]:
    """The first such instant of each rollup, taken off the list; the caller opens the buckets, in one transaction."""
    found: dict[str, datetime] = {}
    with connection.cursor() as cursor:
        cursor.execute(TAKE_TOUCHED_SINCE, [workspace.pk])
        for rollup, moment in cursor.fetchall():
            found[rollup] = min(moment, found.get(rollup, moment))
    return found


def removed(workspace: Workspace, moments: list[datetime]) -> None:
    """Note the hours that events were taken out of."""
    touch(workspace.pk, set(map(hour_start, moments)))


def people(workspace: Workspace, ids: Collection[UUID]) -> int:
    """Note all days of these people: whoever changes or takes away what somebody did calls this, in its transaction.

    The next fill adds those days up again, and everything that stands on them. The number of days.
    """
    days = days_of(workspace, ids)
    touch(workspace.pk, hours_of(workspace, days))
    return len(days)


def days_of(workspace: Workspace, ids: Collection[UUID]) -> set[date]:
    """The days on which these people were counted with anything, be it a like that they were given."""
    if not ids:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(DAYS_OF_PEOPLE, {"workspace_id": workspace.pk, "people": list(ids)})
        return {day for (day,) in cursor.fetchall()}


def hours_of(workspace: Workspace, days: Iterable[date]) -> set[datetime]:
    """The UTC hours that these days of the workspace's zone touch."""
    hours: set[datetime] = set()
    for day in days:
        start, end = (buckets.day_start(one, workspace.zone) for one in (day, day + buckets.DAY))
        hours |= set(buckets.hours(hour_start(start), end))
    return hours


def touch(workspace_id: int, hours: set[datetime]) -> None:
    """Note UTC hours whose events have changed. Appends only, so nobody waits for anybody."""
    if hours:
        rows_of(TOUCH_HOURS, {"workspace_id": workspace_id, "hours": sorted(hours)})

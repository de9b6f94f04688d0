"""Fills by hand and by schedule: what one would do, and doing it with a number of steps to expect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.utils import timezone
from psycopg import sql

from analytics.models import OpenBucket
from analytics.rollups import engine
from analytics.rollups.dependents import Wanted, open_all, with_dependents
from analytics.rollups.engine import Fill
from analytics.rollups.rollup import ROLLUPS, Rollup, in_order
from config.lib import buckets
from config.models import Workspace
from config.runs import Recorder
from ingestion.clock import EARLIEST

# No event is of an earlier one.
FIRST_DAY = EARLIEST.date()


@dataclass(frozen=True, slots=True)
class Step:
    """A rollup's buckets from start to end, so many, that would be filled again. rows: what is there now; None where
    the rollup keeps no row a bucket.
    """

    rollup: Rollup
    buckets: int
    start: datetime
    end: datetime
    rows: int | None


def of_range(workspace: Workspace, first: date, last: date, key: str = "") -> Wanted:
    """The buckets of the days from first to last, as far as they have begun: of one rollup, or of all."""
    now, zone = timezone.now(), workspace.zone
    start, end = buckets.day_start(first, zone), min(buckets.day_start(last + buckets.DAY, zone), now)
    chosen = [ROLLUPS[key]] if key else in_order()
    return {one.key: set(one.between(one.bucket_of(start, workspace), end, workspace)) for one in chosen}


def plan(workspace: Workspace, first: date, last: date, key: str = "") -> list[Step]:
    """What filling the days again would fill: those of the rollup (or of all), and all that follows from them."""
    found = with_dependents(workspace, of_range(workspace, first, last, key))
    return [_step(rollup, workspace, found[rollup.key]) for rollup in in_order() if found.get(rollup.key)]


def _step(rollup: Rollup, workspace: Workspace, those: set[datetime]) -> Step:
    start, end = min(those), rollup.after(max(those), workspace)
    return Step(rollup, len(those), start, end, None if rollup.own_delete else _rows(rollup, workspace, start, end))


def _rows(rollup: Rollup, workspace: Workspace, start: datetime, end: datetime) -> int:
    zone = workspace.zone
    bounds = (start, end) if rollup.bucket_is_instant else (buckets.day_of(start, zone), buckets.day_of(end, zone))
    statement = sql.SQL("SELECT count(*) FROM {} WHERE workspace_id = %s AND {} >= %s AND {} < %s").format(
        sql.Identifier(rollup.table), sql.Identifier(rollup.bucket_column), sql.Identifier(rollup.bucket_column)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [workspace.pk, *bounds])
        return int(cursor.fetchone()[0])


def run(
    workspace: Workspace,
    first: date,
    last: date,
    key: str = "",
    *,
    recorder: Recorder | None = None,
    progress: Callable[[int], object] | None = None,
) -> Fill:
    """Fill the days again, and all that follows from them, besides whatever else is open."""
    # Opened first and all at once: should this be killed, the next fill goes on with it.
    open_all(workspace, of_range(workspace, first, last, key))
    return fill(workspace, recorder=recorder, progress=progress)


def fill(
    workspace: Workspace, *, recorder: Recorder | None = None, progress: Callable[[int], object] | None = None
) -> Fill:
    """Fill what is open, telling the recorder how much there is to expect."""
    engine.collect(workspace, timezone.now())
    if recorder is not None:
        recorder.expected = sum(map(len, with_dependents(workspace, _opened(workspace)).values()))
    return engine.bring_up_to_date(workspace, recorder=recorder, progress=progress)


def _opened(workspace: Workspace) -> Wanted:
    found: Wanted = {}
    for key, bucket in OpenBucket.objects.filter(workspace=workspace).values_list("rollup", "bucket"):
        if key in ROLLUPS:
            found.setdefault(key, set()).add(bucket)
    return found

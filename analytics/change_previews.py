"""What a change would do to the numbers, found by doing it: in a transaction that is rolled back.

The latest days are filled first, then more, for as long as the time allows. Fills of the workspace wait meanwhile.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.apps import apps
from django.db import OperationalError, connection, transaction
from django.db.models import DecimalField, FloatField, IntegerField, Max
from django.utils import timezone
from psycopg import sql

from analytics import metrics
from analytics.definition_changes import Applied
from analytics.definitions import Turned
from analytics.metrics import METRICS, Metric, Value
from analytics.models import OpenBucket, UserActivityDaily
from analytics.rollups import engine
from analytics.rollups.rollup import ROLLUPS, Rollup, in_order
from config.lib import buckets
from config.lib.locks import lock_in_transaction
from config.models import Workspace

# The latest days that are tried one after the other; what is left of the time decides how far it goes.
STAGES = (7, 62, 731, 7310)
SMALLEST = 1
# A stage is begun when it can be expected to end in time.
SECONDS = 15.0
LOCK_SECONDS = 5


class Unfinished(Exception):  # noqa: N818 named as its caller sees it
    """Not even the smallest sample could be filled in the time; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """A metric over the days that were looked at. before and after are of its days together, or their mean."""

    metric: Metric
    before: float | None
    after: float | None
    # The days on which it changes, the latest first: (day, before, after).
    days: list[tuple[date, float | None, float | None]]


@dataclass(frozen=True, slots=True)
class Column:
    """The sum of a rollup's column over the days that were looked at."""

    rollup: Rollup
    name: str
    before: float
    after: float


@dataclass(slots=True)
class Preview:
    """buckets: how many of each rollup would be filled again, by key; rows, columns: what changes of first..last."""

    buckets: dict[str, int] = field(default_factory=dict)
    first: date | None = None
    last: date | None = None
    days_in_all: int = 0
    looked_at: int = 0
    rows: list[Row] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    # Who counts otherwise.
    people: list[Turned] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(self.buckets.values())

    @property
    def changed_days(self) -> set[date]:
        return {day for row in self.rows for day, _, _ in row.days}


def preview(workspace: Workspace, change: Callable[[], Applied], *, seconds: float = SECONDS) -> Preview:
    """Do the change, fill the latest days that it opens, compare, and undo all of it.

    change() opens buckets and may raise, which goes on to the caller. Raises Unfinished.
    """
    deadline = time.monotonic() + seconds
    found: Preview | None = None
    stages = [*STAGES]
    while stages:
        days, started = stages.pop(0), time.monotonic()
        try:
            found = _try(workspace, change, days, deadline)
        except OperationalError as error:
            if found is not None:
                break
            if days == SMALLEST:
                raise Unfinished("The numbers could not be computed in time, or a fill is at work.") from error
            stages, deadline = [SMALLEST], time.monotonic() + seconds
            continue
        if found.looked_at >= found.days_in_all or not stages:
            break
        expected = (time.monotonic() - started) * min(stages[0], found.days_in_all) / max(found.looked_at, 1)
        if time.monotonic() + expected > deadline:
            break
    assert found is not None
    return found


def _try(workspace: Workspace, change: Callable[[], Applied], days: int, deadline: float) -> Preview:
    now = timezone.now()
    try:
        with transaction.atomic():
            _hold(workspace)
            # What waits for other reasons is no part of it.
            OpenBucket.objects.filter(workspace=workspace).delete()
            _bound(deadline)
            found = Preview(people=change().people)
            _choose(found, workspace, days, now)
            if found.first is not None:
                before = _numbers(workspace, found)
                _fill(workspace, found, now, deadline)
                _compare(found, before, _numbers(workspace, found))
            transaction.set_rollback(True)
    finally:
        # The change may be one of the zone, and is undone.
        workspace.refresh_from_db(fields=["time_zone"])
    return found


def _hold(workspace: Workspace) -> None:
    """Have every fill of the workspace wait; all locks that a fill takes, before any of its rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{LOCK_SECONDS}s"])
    for name in ("definitions", "rollup.collect", *(f"rollup:{rollup.key}" for rollup in in_order())):
        lock_in_transaction(f"{name}:{workspace.pk}")


def _bound(deadline: float) -> None:
    left = max(int((deadline - time.monotonic()) * 1000), 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(left)])


def _choose(found: Preview, workspace: Workspace, days: int, now: datetime) -> None:
    """The latest of the days that are opened."""
    opened = list(OpenBucket.objects.filter(workspace=workspace).values_list("rollup", "bucket"))
    for key, _ in opened:
        found.buckets[key] = found.buckets.get(key, 0) + 1
    short = {rollup.key for rollup in ROLLUPS if rollup.grain in {"hour", "day"}}
    today = buckets.day_of(now, workspace.zone)
    starts = sorted({buckets.day_of(bucket, workspace.zone) for key, bucket in opened if key in short})
    starts = [day for day in starts if day <= today]
    found.days_in_all = len(starts)
    if days < len(starts):
        # Those that end when anything happened last: nobody wants to compare nothing with nothing.
        last = UserActivityDaily.objects.filter(workspace=workspace, date__lte=today).aggregate(Max("date"))[
            "date__max"
        ]
        starts = [day for day in starts if last is None or day <= last + buckets.DAY]
    if sample := starts[-days:]:
        found.first, found.last, found.looked_at = sample[0], sample[-1], len(sample)


def _fill(workspace: Workspace, found: Preview, now: datetime, deadline: float) -> None:
    """Fill what is open of the chosen days."""
    assert found.first is not None
    assert found.last is not None
    start = buckets.day_start(found.first, workspace.zone)
    end = buckets.day_start(found.last + buckets.DAY, workspace.zone)
    for rollup in in_order():
        rows = OpenBucket.objects.filter(workspace=workspace, rollup=rollup.key, bucket__lt=end).order_by("bucket")
        waiting = [
            bucket for bucket in rows.values_list("bucket", flat=True) if rollup.after(bucket, workspace) > start
        ]
        for chunk in engine.chunks(rollup, waiting):
            _bound(deadline)
            engine.fill_chunk(rollup, workspace, chunk, now)


@dataclass(frozen=True, slots=True)
class _Numbers:
    metrics: dict[str, list[Value]]
    columns: dict[tuple[str, str], float]


def _numbers(workspace: Workspace, found: Preview) -> _Numbers:
    assert found.first is not None
    assert found.last is not None
    values: dict[str, list[Value]] = {}
    columns: dict[tuple[str, str], float] = {}
    for rollup in ROLLUPS:
        if rollup.key not in found.buckets:
            continue
        of_rollup = [one for one in METRICS if one.rollup == rollup.key and "day" in one.grains and not one.per]
        if of_rollup:
            values |= metrics.read_many(of_rollup, workspace, found.first, found.last)
        elif not rollup.own_delete:
            for name, total in _sums(rollup, workspace, found.first, found.last).items():
                columns[rollup.key, name] = total
    return _Numbers(values, columns)


def _sums(rollup: Rollup, workspace: Workspace, first: date, last: date) -> dict[str, float]:
    """The sums of the rollup's number columns over the days, and how many rows there are."""
    model = next(one for one in apps.get_models() if one._meta.db_table == rollup.table)  # noqa: SLF001 Django's own name
    names = [
        str(one.column)
        for one in model._meta.concrete_fields  # noqa: SLF001 Django's own name
        if isinstance(one, IntegerField | FloatField | DecimalField)
    ]
    end = last + buckets.DAY
    zone = workspace.zone
    bounds = (
        (buckets.day_start(first, zone), buckets.day_start(end, zone)) if rollup.bucket_is_instant else (first, end)
    )
    query = sql.SQL("SELECT {} FROM {} WHERE workspace_id = %s AND {} >= %s AND {} < %s").format(
        sql.SQL(", ").join([sql.SQL("count(*)"), *(sql.SQL("sum({})").format(sql.Identifier(name)) for name in names)]),
        sql.Identifier(rollup.table),
        sql.Identifier(rollup.bucket_column),
        sql.Identifier(rollup.bucket_column),
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [workspace.pk, *bounds])
        count, *totals = cursor.fetchone()
    return {"rows": count} | {name: float(total or 0) for name, total in zip(names, totals, strict=False)}


def _compare(found: Preview, before: _Numbers, after: _Numbers) -> None:
    for key, values in before.metrics.items():
        changed = [
            (old.date, old.value, new.value)
            for old, new in zip(values, after.metrics[key], strict=True)
            if not _same(old.value, new.value)
        ]
        if changed:
            metric = METRICS[key]
            found.rows.append(Row(metric, _of_all(metric, values), _of_all(metric, after.metrics[key]), changed[::-1]))
    for (key, name), total in before.columns.items():
        if not _same(total, now := after.columns[key, name]):
            found.columns.append(Column(ROLLUPS[key], name, total, now))


def _same(one: float | None, other: float | None) -> bool:
    """Sums of seconds are not exact to the last bit."""
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def _of_all(metric: Metric, values: list[Value]) -> float | None:
    """The days together where they can be added up, else what the last one says, else their mean."""
    if metric.kind == "running":
        return values[-1].value
    if metric.kind in {"sum", "ratio"}:
        numerator, denominator = sum(one.numerator for one in values), sum(one.denominator or 0 for one in values)
        return numerator if not metric.denominator else numerator / denominator if denominator else None
    told = [one.value for one in values if one.value is not None]
    return sum(told) / len(told) if told else None

"""Metrics and the one reader: dashboards, API, commands and reports all ask here, never a table.

What each number means stands in docs/reference/metrics.md, which is made of these declarations.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from django.db.models import Exists, Min, OuterRef, Q, Sum
from django.utils import timezone

from analytics.models import PlatformDaily, RollupState
from analytics.rollups.waiting import waiting
from config.lib import buckets
from config.lib.registry import Registry
from config.models import Workspace

Grain = Literal["day", "week", "month"]
State = Literal["open", "settling", "closed"]
# A day that is over settles for as long as the daily fill takes to come by.
SETTLES = timedelta(hours=2)
# Rows behind a value of a closed day that make it certain, or half certain.
HIGH_FROM, MEDIUM_FROM = 100, 30


@dataclass(frozen=True, slots=True)
class Metric:
    """A number per day (and per week and month, where days may be added up).

    kind: `sum` adds days up; `day` is of one day and cannot be (distinct people); `running` is the sum of all days
    up to and including the last; `ratio` divides sums; `day_ratio` divides two numbers of one day.
    """

    key: str
    title: str
    unit: str
    definition: str
    numerator: str
    kind: Literal["sum", "day", "running", "ratio", "day_ratio"] = "sum"
    denominator: str = ""
    # Column that says how many rows are behind the value; the numerator or denominator itself when left out.
    data_points: str = ""
    rollup: str = "platform_daily"
    # Whether a rise is good news, for the colour of a change; None where it is neither.
    higher_is_better: bool | None = True

    @property
    def grains(self) -> tuple[Grain, ...]:
        return ("day",) if self.kind in {"day", "day_ratio"} else ("day", "week", "month")

    @property
    def columns(self) -> set[str]:
        return {self.numerator, self.denominator, self.data_points} - {""}


METRICS: Registry[Metric] = Registry("metric")


@dataclass(frozen=True, slots=True)
class Value:
    """One number of one bucket. value is null where there is nothing to divide by; date is the bucket's first day."""

    date: date
    value: float | None
    numerator: float
    denominator: float | None
    data_points: int
    state: State
    confidence: Literal["high", "medium", "low"]
    calculated_at: datetime | None
    # Everything before it is filled; None before the first fill.
    watermark: datetime | None = None


class NoSuchGrain(ValueError):  # noqa: N818 named as the caller sees it
    """The metric cannot be told in that grain."""


def read(
    metric: Metric, workspace: Workspace, first: date, last: date, grain: Grain = "day", *, with_bots: bool = False
) -> list[Value]:
    """The metric's values of every bucket from that of `first` to that of `last`, both included; days of nobody are 0.

    with_bots counts bots and test accounts in. Raises NoSuchGrain where days cannot be added up.
    """
    return read_many([metric], workspace, first, last, grain, with_bots=with_bots)[metric.key]


def read_many(
    metrics: list[Metric],
    workspace: Workspace,
    first: date,
    last: date,
    grain: Grain = "day",
    *,
    with_bots: bool = False,
) -> dict[str, list[Value]]:
    """`read` of several metrics in two queries, by key."""
    for metric in metrics:
        if grain not in metric.grains:
            raise NoSuchGrain(
                f"{metric.key} is a number of one day and days of distinct people cannot be added up: ask for grain day"
            )
    starts = bucket_starts(first, last, grain)
    end = _next(starts[-1], grain)
    columns = sorted(set().union(*(metric.columns for metric in metrics)))
    found = PlatformDaily.objects.filter(
        workspace=workspace, date__gte=starts[0], date__lt=end, with_bots__in={False, with_bots}
    )
    # A day that no bot touches has one row alone; of two the one with bots comes last.
    rows = {row["date"]: row for row in found.order_by("date", "with_bots").values("date", "calculated_at", *columns)}
    before = _sums_before(metrics, workspace, starts[0], with_bots=with_bots)
    states = DayStates(workspace)
    return {metric.key: _values(metric, starts, grain, rows, before, states) for metric in metrics}


def bucket_starts(first: date, last: date, grain: Grain) -> list[date]:
    """First days of the buckets from that of `first` to that of `last`; weeks begin on Monday."""
    day = start_of(first, grain)
    starts = []
    while day <= last:
        starts.append(day)
        day = _next(day, grain)
    return starts or [day]


def start_of(day: date, grain: Grain) -> date:
    if grain == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if grain == "week" else day


def _next(start: date, grain: Grain) -> date:
    if grain == "month":
        return (start + timedelta(days=32)).replace(day=1)
    return start + timedelta(days=7 if grain == "week" else 1)


def _sums_before(metrics: list[Metric], workspace: Workspace, day: date, *, with_bots: bool) -> dict[str, float]:
    columns = {metric.numerator for metric in metrics if metric.kind == "running"}
    if not columns:
        return {}
    rows = PlatformDaily.objects.filter(workspace=workspace, date__lt=day)
    if with_bots:
        # Of a day with two rows the one with bots.
        second = PlatformDaily.objects.filter(workspace=workspace, date=OuterRef("date"), with_bots=True)
        rows = rows.filter(Q(with_bots=True) | ~Exists(second))
    else:
        rows = rows.filter(with_bots=False)
    return {name: total or 0 for name, total in rows.aggregate(**{c: Sum(c) for c in columns}).items()}


def _values(
    metric: Metric,
    starts: list[date],
    grain: Grain,
    rows: dict[date, dict[str, Any]],
    before: dict[str, float],
    states: DayStates,
) -> list[Value]:
    values = []
    running = before.get(metric.numerator, 0) if metric.kind == "running" else 0
    for start in starts:
        end = _next(start, grain)
        found = [rows[day] for day in buckets.days(start, end) if day in rows]

        def total(column: str, found: list[dict[str, Any]] = found) -> float:
            return float(sum(row[column] or 0 for row in found))

        numerator = total(metric.numerator)
        if metric.kind == "running":
            running += numerator
            numerator = running
        denominator = total(metric.denominator) if metric.denominator else None
        points = int(total(metric.data_points)) if metric.data_points else int(denominator or numerator)
        if denominator is None:
            value: float | None = numerator
        else:
            value = numerator / denominator if denominator else None
        state = states.of(date.min if metric.kind == "running" else start, end)
        calculated = [row["calculated_at"] for row in found]
        values.append(
            Value(
                date=start,
                value=value,
                numerator=numerator,
                denominator=denominator,
                data_points=points,
                state=state,
                confidence=confidence_of(points, state),
                calculated_at=max(calculated) if calculated else states.filled_at,
                watermark=states.watermark,
            )
        )
    return values


def confidence_of(points: int, state: State) -> Literal["high", "medium", "low"]:
    if points < MEDIUM_FROM or state == "open":
        return "low"
    return "high" if points >= HIGH_FROM and state == "closed" else "medium"


class DayStates:
    """open: the day is not over. settling: over, but late events may come or wait to be counted. closed: final."""

    def __init__(self, workspace: Workspace, rollup: str = "platform_daily") -> None:
        now = timezone.now()
        zone = workspace.zone
        self.today = buckets.day_of(now, zone)
        self.settled = buckets.day_of(now - SETTLES, zone)
        state = RollupState.objects.filter(workspace=workspace, rollup=rollup).first()
        self.filled_at = None if state is None else state.filled_at
        # Days from here on were not over at the last fill. Before the workspace was made only imports fill days.
        self.filled_to = buckets.day_of(workspace.created_at if state is None else state.filled_to, zone)
        # All before it was filled when it was over.
        self.watermark = None if state is None else state.filled_to
        self.waiting = waiting(workspace, rollup)

    def of(self, start: date, end: date) -> State:
        """The state of the days [start, end) together; of a running total, start is the first day there is."""
        if end > self.today:
            return "open"
        if end > self.settled or end > self.filled_to or self.waiting.touches(start, end):
            return "settling"
        return "closed"


def first_day(workspace: Workspace) -> date | None:
    """The first day with any number."""
    found: date | None = PlatformDaily.objects.filter(workspace=workspace).aggregate(Min("date"))["date__min"]
    return found

"""Metrics and the one reader: dashboards, API, commands and reports all ask here, never a table.

What each number means stands in docs/reference/metrics.md, which is made of these declarations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, Protocol

from django.db.models import Exists, Min, Model, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from analytics.models import PlatformDaily, RollupState
from analytics.rollups.rollup import ROLLUPS
from analytics.rollups.waiting import waiting
from config.lib import buckets
from config.lib.registry import Registry
from config.models import Workspace

Grain = Literal["day", "week", "month"]
GRAINS: tuple[Grain, ...] = ("day", "week", "month")
Kind = Literal["sum", "ratio", "mean", "hourly", "day", "day_ratio", "running", "reach", "growth", "kept", "holds"]
State = Literal["open", "settling", "closed"]
# Kinds that take in all days before.
RUNNING = {"running", "reach", "growth", "kept", "holds"}
# What metrics of a person are per.
PERSON = "person_id"
# A day that is over settles for as long as the daily fill takes to come by.
SETTLES = timedelta(hours=2)
# Rows behind a value of a closed day that make it certain, or half certain.
HIGH_FROM, MEDIUM_FROM = 100, 30


@dataclass(frozen=True, slots=True)
class Metric:
    """A number per bucket of its rollup (per day mostly), and per week and month where it can be told.

    kind: `sum` adds days up, `ratio` divides sums, `mean` divides a sum by the days so far; `day` is of one bucket and
    cannot be added (distinct people), `day_ratio` divides two numbers of one bucket. `running` is the sum of all days
    up to and including the last; `reach` divides a number of one bucket by that of another column, `growth` a sum by
    what that was before; `kept` is the rest, what was before without the sum. `holds` is what the latest row says.
    `hourly` divides a sum by the hours so far.
    """

    key: str
    title: str
    unit: str
    definition: str
    numerator: str
    kind: Kind = "sum"
    denominator: str = ""
    # Column that says how many rows are behind the value; the numerator or denominator itself when left out.
    data_points: str = ""
    rollup: str = "platform_daily"
    # Rollups that count the same columns anew by week and by month, where days cannot be added up.
    weekly: str = ""
    monthly: str = ""
    # Column that names what a row of the rollup is of, such as community_id: a reader has to say which.
    per: str = ""
    # Statement in sql/recount that counts it anew from the events for the truth meter (analytics.recount).
    recount: str = ""
    # Whether a rise is good news, for the colour of a change; None where it is neither.
    higher_is_better: bool | None = True
    # What a ratio is multiplied by: 100 for per cent.
    scale: int = 1
    # What a ratio is where there is nothing to divide by.
    idle: float | None = None
    # How many days after its bucket a value is known.
    known_after: int = 0
    # What becomes of a ratio once it is divided.
    curve: Callable[[float], float] | None = None

    @property
    def adds_up(self) -> bool:
        """Whether numerators and denominators of days may be added."""
        return self.kind in {"sum", "ratio", "mean", "hourly"}

    @property
    def grains(self) -> tuple[Grain, ...]:
        return tuple(grain for grain in GRAINS if self.rollup_for(grain))

    def rollup_for(self, grain: Grain) -> str:
        """The rollup that tells the metric in that grain; "" where none does."""
        own = {"week": self.weekly, "month": self.monthly}.get(grain, "")
        if own or ROLLUPS[self.rollup].grain == grain:
            return own or self.rollup
        by_days = ROLLUPS[self.rollup].grain == "day" and (self.adds_up or self.kind in RUNNING - {"reach"})
        return self.rollup if by_days else ""

    @property
    def columns(self) -> set[str]:
        return {self.numerator, self.denominator, self.data_points} - {""}

    def divided(self, numerator: float, denominator: float | None) -> float | None:
        """The value; null where there is nothing to divide by, unless `idle` says otherwise."""
        if denominator is None:
            return numerator
        if not denominator:
            return self.idle
        ratio = self.scale * numerator / denominator
        return self.curve(ratio) if self.curve else ratio


METRICS: Registry[Metric] = Registry("metric")


class Rows(Protocol):
    """Rows of the days [first, end), with their calculated_at."""

    def __call__(
        self, workspace: Workspace, first: date, end: date, *, with_bots: bool
    ) -> dict[date, dict[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class Source:
    """How to read, by day, a rollup whose table has more than one row a day or has no column for what is asked."""

    columns: frozenset[str]
    rows: Rows


# By the key of the rollup; all others are read from their tables.
SOURCES: dict[str, Source] = {}


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
    """The metric cannot be told in that grain, or not without naming what it is of."""


def of_platform(grain: Grain = "day") -> list[Metric]:
    """The metrics of the whole platform that can be told in that grain."""
    return [metric for metric in METRICS if not metric.per and grain in metric.grains]


def read(
    metric: Metric,
    workspace: Workspace,
    first: date,
    last: date,
    grain: Grain = "day",
    *,
    with_bots: bool = False,
    of: str = "",
) -> list[Value]:
    """The metric's values of every bucket from that of `first` to that of `last`, both included; days of nobody are 0.

    with_bots counts bots and test accounts in; `of` names the community (or whatever Metric.per says). Raises
    NoSuchGrain where days cannot be added up.
    """
    return read_many([metric], workspace, first, last, grain, with_bots=with_bots, of=of)[metric.key]


def read_many(
    metrics: list[Metric],
    workspace: Workspace,
    first: date,
    last: date,
    grain: Grain = "day",
    *,
    with_bots: bool = False,
    of: str = "",
) -> dict[str, list[Value]]:
    """`read` of several metrics in two queries a rollup, by key."""
    groups: dict[tuple[str, str], list[Metric]] = {}
    for metric in metrics:
        _check(metric, grain, of)
        groups.setdefault((metric.rollup_for(grain), metric.per), []).append(metric)
    starts = bucket_starts(first, last, grain)
    end = _next(starts[-1], grain)
    found: dict[str, list[Value]] = {}
    for (key, per), group in groups.items():
        states = DayStates(workspace, key)
        if key in SOURCES:
            by_day = SOURCES[key].rows(workspace, starts[0], end, with_bots=with_bots)
            found |= {metric.key: _values(metric, starts, grain, by_day, {}, states) for metric in group}
            continue
        rows = _rows(key, workspace, {per: of} if per else {}, with_bots=with_bots)
        columns = sorted(set().union(*(metric.columns for metric in group)))
        # A day that no bot touches has one row alone; of two the one with bots comes last.
        values = rows.filter(date__gte=starts[0], date__lt=end).order_by("date", *_bots(rows.model))
        by_day = {row["date"]: row for row in values.values("date", "calculated_at", *columns)}
        before = _sums_before(group, rows, starts[0], with_bots=with_bots)
        found |= {metric.key: _values(metric, starts, grain, by_day, before, states) for metric in group}
    return {metric.key: found[metric.key] for metric in metrics}


def read_each(
    metric: Metric, workspace: Workspace, first: date, last: date, grain: Grain = "day"
) -> dict[str, list[Value]]:
    """`read` of a metric that is per something and no `holds`, of each there was up to the last day."""
    _check(metric, grain, "any")
    starts = bucket_starts(first, last, grain)
    rollup = metric.rollup_for(grain)
    rows = _rows(rollup, workspace, {}, with_bots=False).filter(date__lt=_next(starts[-1], grain))
    names = rows.order_by(metric.per).values_list(metric.per, flat=True).distinct()
    before: dict[str, dict[str, float]] = {name: {} for name in names}
    by_day: dict[str, dict[date, dict[str, Any]]] = {name: {} for name in before}
    for row in rows.filter(date__gte=starts[0]).values("date", "calculated_at", metric.per, *metric.columns):
        by_day[row[metric.per]][row["date"]] = row
    if metric.kind in RUNNING:
        column = metric.numerator if metric.kind == "running" else metric.denominator
        sums = rows.filter(date__lt=starts[0]).order_by().values_list(metric.per).annotate(Sum(column))
        before |= {name: {column: total or 0} for name, total in sums}
    states = DayStates(workspace, rollup)
    return {name: _values(metric, starts, grain, by_day[name], before[name], states) for name in before}


def _check(metric: Metric, grain: Grain, of: str) -> None:
    if grain not in metric.grains:
        raise NoSuchGrain(
            f"{metric.key} is a number of one {' or '.join(metric.grains)} and distinct people cannot be added up: "
            f"ask for grain {' or '.join(metric.grains)}"
        )
    if bool(metric.per) != bool(of):
        raise NoSuchGrain(
            f"{metric.key} is of one {metric.per}: say of which"
            if metric.per
            else f"{metric.key} is of the whole workspace and not of {of!r}"
        )


def _rows(rollup: str, workspace: Workspace, where: dict[str, str], *, with_bots: bool) -> QuerySet[Any]:
    model: Any = ROLLUPS[rollup].model
    rows: QuerySet[Any] = model.objects.filter(workspace=workspace, **where)
    if PERSON in where and _has(model, "excluded"):
        rows = rows.filter(excluded=False)
    return rows.filter(with_bots__in={False, with_bots}) if _bots(model) else rows


def _bots(model: type[Model]) -> list[str]:
    return ["with_bots"] if _has(model, "with_bots") else []


def tells_bots(metric: Metric, grain: Grain) -> bool:
    """Whether bots and test accounts can be counted in; where not, asking for them changes nothing."""
    return metric.rollup_for(grain) in SOURCES or bool(_bots(ROLLUPS[metric.rollup_for(grain)].model))


def _has(model: type[Model], name: str) -> bool:
    return any(field.name == name for field in model._meta.concrete_fields)  # noqa: SLF001 its public name


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


def _sums_before(metrics: list[Metric], rows: QuerySet[Any], day: date, *, with_bots: bool) -> dict[str, float]:
    """Sums over all days before `day` of the columns that run on; of those that hold, what the latest row says."""
    if names := [m.numerator for m in metrics if m.kind == "holds"]:
        return rows.filter(date__lt=day).order_by("-date").values(*names).first() or {}
    columns = {m.numerator for m in metrics if m.kind == "running"}
    columns |= {m.denominator for m in metrics if m.kind in RUNNING} - {""}
    if not columns:
        return {}
    rows = rows.filter(date__lt=day)
    if with_bots and _bots(rows.model):
        # Of a day with two rows the one with bots.
        second = rows.filter(date=OuterRef("date"), with_bots=True)
        rows = rows.filter(Q(with_bots=True) | ~Exists(second))
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
    holds = metric.kind == "holds"
    runs_on = metric.numerator if metric.kind in {"running", "holds"} else metric.denominator
    running = float(before.get(runs_on, 0))
    for start in starts:
        end = _next(start, grain)
        found = [rows[day] for day in buckets.days(start, end) if day in rows]
        if holds:
            running = _total(found[-1:], runs_on) if found else running
        earlier, running = running, running if holds else running + _total(found, runs_on)
        numerator = running if metric.kind in {"running", "holds"} else _total(found, metric.numerator)
        denominator: float | None = None
        if metric.kind in {"mean", "hourly"}:
            denominator = states.days(start, end) if metric.kind == "mean" else states.hours(start, end)
        elif metric.kind in RUNNING - {"running", "holds"}:
            denominator = running if metric.kind == "reach" else earlier
            numerator = earlier - numerator if metric.kind == "kept" else numerator
        elif metric.denominator:
            denominator = _total(found, metric.denominator)
        if metric.per == PERSON:
            points = len(found) or int(holds and running != 0)
        elif metric.data_points or metric.kind in {"mean", "hourly"}:
            points = int(_total(found, metric.data_points or metric.numerator))
        else:
            points = int(denominator or numerator)
        later = timedelta(days=metric.known_after)
        state = states.of(date.min if metric.kind in RUNNING else start + later, end + later)
        calculated = [row["calculated_at"] for row in found]
        values.append(
            Value(
                date=start,
                value=metric.divided(numerator, denominator),
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


def _total(rows: list[dict[str, Any]], column: str) -> float:
    return float(sum(row[column] or 0 for row in rows)) if column else 0.0


def confidence_of(points: int, state: State) -> Literal["high", "medium", "low"]:
    if points < MEDIUM_FROM or state == "open":
        return "low"
    return "high" if points >= HIGH_FROM and state == "closed" else "medium"


class DayStates:
    """open: the day is not over. settling: over, but late events may come or wait to be counted. closed: final."""

    def __init__(self, workspace: Workspace, rollup: str = "platform_daily") -> None:
        now = self.now = timezone.now()
        zone = self.zone = workspace.zone
        self.today = buckets.day_of(now, zone)
        self.settled = buckets.day_of(now - SETTLES, zone)
        state = RollupState.objects.filter(workspace=workspace, rollup=rollup).first()
        self.filled_at = None if state is None else state.filled_at
        # Days from here on were not over at the last fill. Before the workspace was made only imports fill days.
        self.filled_to = buckets.day_of(workspace.created_at if state is None else state.filled_to, zone)
        # All before it was filled when it was over.
        self.watermark = None if state is None else state.filled_to
        self.waiting = waiting(workspace, rollup)

    def days(self, start: date, end: date) -> int:
        """Of [start, end) those so far, today included."""
        return max((min(end, self.today + buckets.DAY) - start).days, 0)

    def hours(self, start: date, end: date) -> float:
        """Of the days [start, end) those so far; a day has 23 or 25 where the clocks change."""
        first, last = buckets.day_start(start, self.zone), min(buckets.day_start(end, self.zone), self.now)
        return max((last - first) / buckets.HOUR, 0)

    def of(self, start: date, end: date) -> State:
        """The state of the days [start, end) together; of a running total, start is the first day there is."""
        if end > self.today:
            return "open"
        if self.watermark is None or end > min(self.settled, self.filled_to) or self.waiting.touches(start, end):
            return "settling"
        return "closed"


def first_day(workspace: Workspace) -> date | None:
    """The first day with any number."""
    found: date | None = PlatformDaily.objects.filter(workspace=workspace).aggregate(Min("date"))["date__min"]
    return found

"""Dashboards: what each shows, and its numbers, asked of the one reader and never of a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from django.utils import timezone

from analytics import cohorts, metrics
from analytics.metrics import METRICS, DayStates, Metric, State, Value, confidence_of
from config.lib import buckets
from config.lib.registry import Registry
from config.models import Workspace

Over = Literal["day", "range"]
RANGES = (30, 90, 365)
COHORT_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Chart:
    key: str
    title: str
    kind: Literal["line", "bar"]
    metrics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """cards are metric keys in the order shown; cohorts adds their sizes by month."""

    key: str
    title: str
    cards: tuple[str, ...]
    charts: tuple[Chart, ...]
    cohorts: bool = False

    @property
    def metrics(self) -> list[Metric]:
        keys = [*self.cards, *(key for chart in self.charts for key in chart.metrics)]
        return [METRICS[key] for key in dict.fromkeys(keys)]


DASHBOARDS: Registry[Dashboard] = Registry("dashboard")
DASHBOARDS.register(
    Dashboard(
        key="executive",
        title="Executive dashboard",
        cards=(
            "dau",
            "wau",
            "mau",
            "stickiness",
            "new_signups",
            "total_users",
            "posts_created",
            "comments_created",
            "sessions",
            "session_duration",
            "bounce_rate",
        ),
        charts=(
            Chart("active", "Active people", "line", ("dau", "wau", "mau")),
            Chart("signups", "New sign-ups by day", "bar", ("new_signups",)),
        ),
        cohorts=True,
    )
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A card's number: of `last` alone (over "day") or of all days from first to last (over "range"), both included.

    before is the same of the period before, None where there is nothing to compare; it ends with the day `against`.
    change is in percent, or in percentage points for ratios.
    """

    metric: Metric
    over: Over
    first: date
    last: date
    against: date
    value: float | None
    before: float | None
    change: float | None
    data_points: int
    state: State
    confidence: str

    @property
    def is_good(self) -> bool | None:
        """Whether the change is good news; None where it is neither or there is none."""
        if not self.change or self.metric.higher_is_better is None:
            return None
        return (self.change > 0) == self.metric.higher_is_better


@dataclass(frozen=True, slots=True)
class Series:
    """A metric by day of the range and of today, which is not over."""

    metric: Metric
    values: list[Value]


@dataclass(frozen=True, slots=True)
class Month:
    """People who signed up in the month; unfinished when it goes on or its days settle."""

    start: date
    size: int
    unfinished: bool


@dataclass(frozen=True, slots=True)
class Freshness:
    """calculated_at: of the newest number in the range, None before the first fill. settling: days of the range that
    are over and not final. waiting: days of any time whose numbers late events and merges will change. watermark: all
    before it is filled, None before the first fill.
    """

    calculated_at: datetime | None
    settling: int
    waiting: int
    watermark: datetime | None


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a dashboard shows of a workspace: `days` complete days from first to last, and today besides in charts."""

    dashboard: Dashboard
    days: int
    with_bots: bool
    first: date
    last: date
    figures: list[Figure]
    series: dict[str, list[Series]]
    months: list[Month]
    freshness: Freshness
    # First day with any number, None for a workspace without any.
    begins: date | None


def numbers(dashboard: Dashboard, workspace: Workspace, days: int, *, with_bots: bool = False) -> Numbers:
    """The dashboard's numbers of the last `days` complete days of the workspace's zone."""
    today = buckets.day_of(timezone.now(), workspace.zone)
    first, last = today - timedelta(days=days), today - timedelta(days=1)
    begins = metrics.first_day(workspace)
    values = metrics.read_many(dashboard.metrics, workspace, first - timedelta(days=days), today, with_bots=with_bots)
    now = {key: found[days:-1] for key, found in values.items()}
    before = {key: found[:days] for key, found in values.items()}
    figures = [figure(METRICS[key], now[key], before[key], begins) for key in dashboard.cards]
    charts = {c.key: [Series(METRICS[key], values[key][days:]) for key in c.metrics] for c in dashboard.charts}
    states = DayStates(workspace)
    return Numbers(
        dashboard,
        days,
        with_bots,
        first,
        last,
        figures,
        charts,
        _months(workspace, today, states, with_bots=with_bots) if dashboard.cohorts else [],
        _freshness(next(iter(now.values())), states),
        begins,
    )


def figure(metric: Metric, now: list[Value], before: list[Value], begins: date | None) -> Figure:
    """One card from the days of the range and the days of the period before, of equal number.

    A period that begins before the workspace's first number is not compared: part of it would count as nothing.
    """
    over: Over = "range" if metric.adds_up else "day"
    used, earlier = (now[-1:], before[-1:]) if over == "day" else (now, before)
    value = _total(metric, used)
    known = begins is not None and begins <= earlier[0].date
    then = _total(metric, earlier) if known else None
    points = sum(one.data_points for one in used)
    state = _worst(used)
    return Figure(
        metric,
        over,
        used[0].date,
        used[-1].date,
        earlier[-1].date,
        value,
        then,
        _change(metric, value, then),
        points,
        state,
        confidence_of(points, state),
    )


def _total(metric: Metric, values: list[Value]) -> float | None:
    """As the reader itself adds days up: sums are added, ratios divided after adding."""
    numerator = sum(value.numerator for value in values)
    if values[0].denominator is None:
        return metric.divided(numerator, None)
    return metric.divided(numerator, sum(value.denominator or 0 for value in values))


def _change(metric: Metric, value: float | None, before: float | None) -> float | None:
    if value is None or before is None:
        return None
    if metric.unit in {"ratio", "%"}:
        return (100 if metric.unit == "ratio" else 1) * (value - before)
    return 100 * (value - before) / before if before else None


def _worst(values: list[Value]) -> State:
    states = {value.state for value in values}
    if "open" in states:
        return "open"
    return "settling" if "settling" in states else "closed"


def _months(workspace: Workspace, today: date, states: DayStates, *, with_bots: bool) -> list[Month]:
    """The last months up to that of today; those in which nobody signed up are there with 0."""
    # 340 days before any day lies in the twelfth month back, or in the one before it.
    starts = metrics.bucket_starts(today - timedelta(days=340), today, "month")[-COHORT_MONTHS:]
    sizes = {
        cohort.start: cohort.size for cohort in cohorts.sizes(workspace, "month", starts[0], today, with_bots=with_bots)
    }
    ends = [*starts[1:], metrics.start_of(starts[-1] + timedelta(days=32), "month")]
    return [
        Month(start, sizes.get(start, 0), states.of(start, end) != "closed")
        for start, end in zip(starts, ends, strict=True)
    ]


def _freshness(days: list[Value], states: DayStates) -> Freshness:
    calculated = [day.calculated_at for day in days if day.calculated_at is not None]
    return Freshness(
        calculated_at=max(calculated, default=states.filled_at),
        settling=sum(day.state == "settling" for day in days),
        waiting=states.waiting.before(states.today),
        watermark=states.watermark,
    )

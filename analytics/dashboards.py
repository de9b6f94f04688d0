"""What a dashboard is, and its numbers, asked of the one reader and never of a table.

Which dashboards there are stands in dashboard_declarations.py here and in dashboards.py of the higher rooms.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from django.utils import timezone

from analytics import cohorts, definitions, groups, metrics, small_groups
from analytics.groups import Group
from analytics.metrics import METRICS, DayStates, Metric, State, Value, confidence_of
from analytics.panels import Panel
from analytics.spans import Span
from config.lib import buckets
from config.lib.registry import Registry
from config.models import Workspace

Over = Literal["day", "range"]
COHORT_MONTHS = 12
COHORTS_TITLE = "Cohorts: people by month of sign-up"
# Days that a moving average is of.
AVERAGE_DAYS = 7


@dataclass(frozen=True, slots=True)
class Target:
    """What a chart's numbers are held against: a field of a definition, which operators change, times scale."""

    title: str
    definition: str
    field: str
    scale: float = 1

    def of(self, workspace: Workspace, day: date) -> float:
        return self.scale * float(definitions.current(workspace, self.definition, day)[self.field])


@dataclass(frozen=True, slots=True)
class Chart:
    """Metrics by day. Stacked areas are for parts of a whole; average adds the mean of the last AVERAGE_DAYS days."""

    key: str
    title: str
    kind: Literal["line", "bar", "stacked"]
    metrics: tuple[str, ...]
    average: bool = False
    target: Target | None = None

    @property
    def known_after(self) -> int:
        """How many days after its own a day of it is known: the chart ends so much earlier."""
        return max(METRICS[key].known_after for key in self.metrics)


@dataclass(frozen=True, slots=True)
class Dashboard:
    """cards are metric keys in the order shown, of this room; cohorts adds their sizes by month.

    of_one: what is shown of one community, where it is asked for.
    """

    key: str
    title: str
    cards: tuple[str, ...]
    charts: tuple[Chart, ...]
    cohorts: bool = False
    panels: tuple[Panel, ...] = ()
    of_one: Dashboard | None = None

    @property
    def all_cards(self) -> tuple[str, ...]:
        return (*self.cards, *MORE_CARDS.get(self.key, ()))

    @property
    def metrics(self) -> list[Metric]:
        keys = [*self.all_cards, *(key for chart in self.charts for key in chart.metrics)]
        return [METRICS[key] for key in dict.fromkeys(keys)]

    @property
    def tells_bots(self) -> bool:
        """Whether bots and test accounts can be counted in in any of it."""
        return any(metrics.tells_bots(metric, "day") for metric in self.metrics)


DASHBOARDS: Registry[Dashboard] = Registry("dashboard")
# Cards that higher rooms show after the own ones of a dashboard, by its key: such as those of points among all others.
MORE_CARDS: dict[str, tuple[str, ...]] = {}


@dataclass(frozen=True, slots=True)
class Figure:
    """A card's number: of `last` alone (over "day") or of all days from first to last (over "range"), both included.

    before is the same of the days it is compared with, None where there is nothing to compare; these end with the day
    `against`. change is in percent, or in percentage points for ratios. values are those of the days of the range.
    """

    metric: Metric
    over: Over
    first: date
    last: date
    against: date | None
    value: float | None
    before: float | None
    change: float | None
    data_points: int
    state: State
    confidence: str
    calculated_at: datetime | None
    values: list[float | None]

    @property
    def is_good(self) -> bool | None:
        """Whether the change is good news; None where it is neither or there is none."""
        if not self.change or self.metric.higher_is_better is None:
            return None
        return (self.change > 0) == self.metric.higher_is_better


@dataclass(frozen=True, slots=True)
class Series:
    """A metric by day of the range and, where that ends yesterday, of today, which is not over.

    average is of the last AVERAGE_DAYS days that have a value up to each, where the chart asks for it.
    """

    metric: Metric
    values: list[Value]
    average: list[float | None] | None = None


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
class Untold:
    """A widget, or a line of the chart `of`, that has no number of the group asked for."""

    kind: Literal["card", "chart", "series", "cohorts", "table"]
    key: str
    title: str
    of: str = ""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a dashboard shows of a workspace over the days of the span; targets by the key of the chart.

    Of a group figures and series hold what can be told of it alone.
    """

    dashboard: Dashboard
    span: Span
    with_bots: bool
    figures: list[Figure]
    series: dict[str, list[Series]]
    targets: dict[str, float]
    months: list[Month]
    freshness: Freshness
    # First day with any number, None for a workspace without any.
    begins: date | None
    # The community that it is of, where it is of one.
    of: str = ""
    group: Group | None = None

    @property
    def untold(self) -> list[Untold]:
        """What of the dashboard cannot be told of the group."""
        if self.group is None:
            return []
        board, tells = self.dashboard, self.group.dimension.tells
        cards = (METRICS[key] for key in board.all_cards)
        found = [Untold("card", one.key, one.title) for one in cards if not tells(one)]
        for chart in board.charts:
            those = [METRICS[key] for key in chart.metrics if not tells(METRICS[key])]
            if len(those) == len(chart.metrics):
                found.append(Untold("chart", chart.key, chart.title))
            else:
                found += [Untold("series", one.key, one.title, chart.key) for one in those]
        found += [Untold("cohorts", "cohorts", COHORTS_TITLE)] if board.cohorts else []
        return [*found, *(Untold("table", one.key, one.title) for one in board.panels)]


class _Read:
    """Values by metric and day, read at once for all that a dashboard needs."""

    def __init__(
        self,
        dashboard: Dashboard,
        workspace: Workspace,
        span: Span,
        today: date,
        *,
        with_bots: bool,
        of: str,
        group: Group | None,
    ) -> None:
        self.span = span
        self.metrics = {one.key: one for one in dashboard.metrics if group is None or group.dimension.tells(one)}
        # Charts go on to today, which is not over, where the range ends yesterday.
        self.last = today if span.last == today - buckets.DAY else span.last
        later = timedelta(days=max(metric.known_after for metric in self.metrics.values()))
        judged = any(metric.rollup == small_groups.SHARES_OF_SIGNUPS for metric in self.metrics.values())
        self.least = small_groups.least_people(workspace) if judged else 0
        self.start = span.first - max(span.back or timedelta(0), timedelta(days=AVERAGE_DAYS - 1)) - later
        wanted, days = list(self.metrics.values()), (self.start, self.last)
        if group is None:
            self.values = metrics.read_many(wanted, workspace, *days, with_bots=with_bots, of=of)
        else:
            self.values = groups.read(group.dimension, [group.name], wanted, workspace, *days)[group.name]
            self.metrics = {key: group.dimension.metrics[key] for key in self.metrics}

    def days(self, key: str, first: date, last: date) -> list[Value]:
        return self.values[key][(first - self.start).days : (last - self.start).days + 1]

    def figure(self, key: str, begins: date | None) -> Figure:
        """Of what is known later the days are those that became known in the range."""
        metric = self.metrics[key]
        first, last = (day - timedelta(days=metric.known_after) for day in (self.span.first, self.span.last))
        back = self.span.back
        before = [] if back is None else self.days(key, first - back, last - back)
        return figure(metric, self.days(key, first, last), before, begins, self.least)

    def series(self, chart: Chart) -> list[Series]:
        earlier = timedelta(days=chart.known_after)
        first, last = self.span.first - earlier, self.last - earlier
        found = []
        for key in (one for one in chart.metrics if one in self.metrics):
            values = _told(self.metrics[key], self.days(key, first, last), self.least)
            run_up = self.days(key, first - (AVERAGE_DAYS - 1) * buckets.DAY, last) if chart.average else None
            run_up = run_up and _told(self.metrics[key], run_up, self.least)
            found.append(Series(self.metrics[key], values, None if run_up is None else _moving_average(run_up)))
        return found


def numbers(
    dashboard: Dashboard,
    workspace: Workspace,
    span: Span,
    *,
    with_bots: bool = False,
    of: str = "",
    group: Group | None = None,
) -> Numbers:
    """The dashboard's numbers of the days of the span, which are days of the workspace's zone up to today.

    of: the community that a dashboard of one (Dashboard.of_one) is asked of. group: whose numbers are told alone, where
    its dimension tells any of them.
    """
    today = buckets.day_of(timezone.now(), workspace.zone)
    begins = metrics.first_day(workspace)
    read = _Read(dashboard, workspace, span, today, with_bots=with_bots, of=of, group=group)
    leading = next(iter(read.metrics.values()))
    charts = [chart for chart in dashboard.charts if any(key in read.metrics for key in chart.metrics)]
    states = DayStates(workspace, leading.rollup)
    return Numbers(
        dashboard=dashboard,
        span=span,
        with_bots=with_bots,
        figures=[read.figure(key, begins) for key in dashboard.all_cards if key in read.metrics],
        series={chart.key: read.series(chart) for chart in charts},
        # A target is for everybody.
        targets={} if group else {c.key: c.target.of(workspace, span.last) for c in charts if c.target is not None},
        months=_months(workspace, today, states, with_bots=with_bots) if dashboard.cohorts and group is None else [],
        freshness=_freshness(read.days(leading.key, span.first, span.last), states),
        begins=begins,
        of=of,
        group=group,
    )


def figure(metric: Metric, now: list[Value], before: list[Value], begins: date | None, least: int = 0) -> Figure:
    """One card from the days of the range and the days it is compared with, of equal number or none; without shares of
    fewer people than `least`.

    Days that begin before the workspace's first number are not compared, and no sums without hidden days: part of them
    would count as nothing.
    """
    over: Over = "range" if metric.adds_up else "day"
    used, earlier = (now[-1:], before[-1:]) if over == "day" else (now, before)
    value = _share(metric, used, least)
    known = bool(earlier) and begins is not None and begins <= earlier[0].date
    known = known and not any(map(small_groups.is_hidden, (*used, *earlier)))
    then = _share(metric, earlier, least) if known else None
    points = 0 if _is_of_few(metric, used, least) else sum(one.data_points for one in used)
    state = worst(used)
    return Figure(
        metric=metric,
        over=over,
        first=used[0].date,
        last=used[-1].date,
        against=earlier[-1].date if earlier else None,
        value=value,
        before=then,
        change=_change(metric, value, then),
        data_points=points,
        state=state,
        confidence=confidence_of(points, state),
        calculated_at=max((one.calculated_at for one in used if one.calculated_at), default=None),
        values=[one.value for one in _told(metric, now, least)],
    )


def _is_of_few(metric: Metric, values: list[Value], least: int) -> bool:
    return small_groups.is_of_few(metric, sum(value.denominator or 0 for value in values), least)


def _share(metric: Metric, values: list[Value], least: int) -> float | None:
    return None if _is_of_few(metric, values, least) else total_of(metric, values)


def _told(metric: Metric, values: list[Value], least: int) -> list[Value]:
    return [small_groups.hidden(one) if _is_of_few(metric, [one], least) else one for one in values]


def _moving_average(values: list[Value]) -> list[float | None]:
    """Of each value but the first AVERAGE_DAYS - 1, which are the run-up; null where none of the days has any."""
    found: list[float | None] = []
    for end in range(AVERAGE_DAYS, len(values) + 1):
        known = [one.value for one in values[end - AVERAGE_DAYS : end] if one.value is not None]
        found.append(sum(known) / len(known) if known else None)
    return found


def total_of(metric: Metric, values: list[Value]) -> float | None:
    """As the reader itself adds days up: sums are added, ratios divided after adding; without days that are hidden."""
    values = [value for value in values if not small_groups.is_hidden(value)]
    if not values:
        return None
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


def worst(values: list[Value]) -> State:
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

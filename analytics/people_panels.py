"""Panels of what people do, and of who comes back."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from functools import partial

from django.utils.formats import date_format

from analytics import cohorts, definitions, features, funnel_days, hours, metrics
from analytics.analyses import funnel_facts
from analytics.metrics import METRICS
from analytics.models import Funnel
from analytics.panels import Asked, Cell, Column, Panel, Table
from analytics.small_groups import is_of_few, least_people
from analytics.wellbeing_bands import Index, bands

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# Hours and weeks beyond these say little more, and cost a page its speed.
MOST_HOUR_DAYS = 90
COHORT_WEEKS = 12
CALENDAR_WEEKS = 16
# Where bands of an index begin: low, middle, high.
TONES = (0, 40, 70)


def by_hour(key: str, asked: Asked) -> Table:
    """Mean of each hour of the week over the last days of the span; hours that are not over are left out."""
    zone, last = asked.workspace.zone, asked.span.last
    first = max(asked.span.first, last - timedelta(days=MOST_HOUR_DAYS - 1))
    sums: dict[tuple[int, int], list[int]] = defaultdict(list)
    for one in hours.read(key, asked.workspace, first, last):
        if one.state != "open":
            local = one.hour.astimezone(zone)
            sums[local.weekday(), local.hour].append(one.value)
    rows: list[tuple[Cell, ...]] = [
        (name, *(round(sum(found) / len(found), 1) if (found := sums[day, hour]) else None for hour in range(24)))
        for day, name in enumerate(WEEKDAYS)
    ]
    columns = (Column("Day"), *(Column(f"{hour:02}", "number", "shade") for hour in range(24)))
    if not any(cell for row in rows for cell in row[1:]):
        rows = []
    return Table(
        columns, rows, f"Mean of the hours from {_day(first)} to {_day(last)}, in {asked.workspace.time_zone}."
    )


def cohort_grid(asked: Asked) -> Table:
    """Weeks of sign-up up to the last day, and who of them was active in each week after."""
    last = asked.span.last
    first = metrics.start_of(last, "week") - timedelta(weeks=COHORT_WEEKS - 1)
    least = least_people(asked.workspace)
    found = cohorts.retention(asked.workspace, "week", first, last, by="week", with_bots=asked.with_bots)
    rows: list[tuple[Cell, ...]] = []
    unfinished = set()
    for cohort in reversed(found):
        cells = cohort.cells[:COHORT_WEEKS]
        shares = [None if cohort.size < least else cell.retention for cell in cells]
        # Weeks that not everybody of the cohort has behind them.
        unfinished |= {(len(rows), 2 + cell.number) for cell in cells if cell.eligible < cohort.size}
        rows.append((_day(cohort.start), cohort.size if cohort.size >= least else None, *shares))
    columns = (
        *(Column("Week of sign-up"), Column("People", "people")),
        # Whoever signs up is active that week: next to it all others would be pale.
        *(Column(f"Week {week}", "ratio", "shade" if week else "") for week in range(COHORT_WEEKS)),
    )
    note = f"Hatched: not over for everybody, or not yet. Weeks of fewer than {least} people are not told of."
    return Table(columns, rows, note, unfinished=frozenset(unfinished))


def engagement_funnel(asked: Asked) -> Table:
    """The workspace's funnel `engagement`, where it has one."""
    columns = (
        *(Column("Step"), Column("People", "people", "bar")),
        *(Column("Of those who entered", "ratio"), Column("Of the step before", "ratio")),
    )
    funnel = Funnel.objects.filter(workspace=asked.workspace, key=funnel_days.ENGAGEMENT).first()
    if funnel is None:
        return Table(columns, [])
    least = least_people(asked.workspace)
    facts = funnel_facts(funnel_days.read(funnel, asked.span.first, asked.span.last), least)
    shown = ("name", "people", "conversion", "step_conversion")
    # None who entered are too few to tell of.
    rows: list[tuple[Cell, ...]] = [tuple(one[key] for key in shown) for one in facts["steps"] if facts["entered"] != 0]
    note = (
        "By the day on which people entered; whoever enters on two days counts on both. "
        f"Steps that fewer than {least} people reached, or gave up before, have no number."
    )
    return Table(columns, rows, note)


def feature_adoption(asked: Asked) -> Table:
    """Of the last day's month so far, most used first."""
    titles = features.titles(asked.workspace)
    day, least = asked.span.last, least_people(asked.workspace)
    adoption = metrics.read_each(METRICS["feature_adoption"], asked.workspace, day, day, "month")
    found = [(titles[key], value) for key, (value,) in adoption.items() if key in titles and value.numerator >= least]
    found.sort(key=lambda one: (-one[1].numerator, one[0]))
    rows: list[tuple[Cell, ...]] = [(title, int(value.numerator), value.value) for title, value in found]
    columns = (Column("Feature"), Column("People", "people", "bar"), Column("Of the active people", "ratio"))
    month = date_format(metrics.start_of(day, "month"), "F Y")
    return Table(columns, rows, f"Of {month}. Features that fewer than {least} people used are left out.")


def health_gauges(asked: Asked) -> Table:
    """What the health of the platform is made of, each against the target that holds on the last day."""
    last = asked.span.last
    targets = definitions.current(asked.workspace, "platform_health", last)
    keys = ("wau", "flourish_index", "wave_participation")
    found = metrics.read_many([METRICS[key] for key in keys], asked.workspace, last, last, with_bots=asked.with_bots)
    wau, flourish, waves = (found[key][0] for key in keys)
    week = METRICS["retention_day_7"]
    signed_up = last - timedelta(days=week.known_after)
    came_back = metrics.read(week, asked.workspace, signed_up - timedelta(days=6), signed_up, with_bots=asked.with_bots)
    eligible = sum(one.denominator or 0 for one in came_back)
    few = is_of_few(week, eligible, least_people(asked.workspace))
    retained = 100 * sum(one.numerator for one in came_back) / eligible if eligible and not few else None
    rows: list[tuple[Cell, ...]] = [
        ("Weekly active people", wau.value, targets["wau"]),
        ("Mean flourish index", flourish.value, targets["flourish"]),
        ("Active people in waves, in %", None if waves.value is None else 100 * waves.value, targets["wave_percent"]),
        ("Back on day 7, in %", retained, targets["retention_percent"]),
    ]
    columns = (Column("What"), Column("Value", "number"), Column("Target", "number"))
    return Table(columns, rows, f"As of {_day(last)}.", wau.state)


def index_histogram(index: Index, asked: Asked) -> Table:
    """People by the mean of their days; bands of so few that they would tell of single people have no number."""
    least = least_people(asked.workspace)
    found = bands(asked.workspace, index, asked.span.first, asked.span.last, with_bots=asked.with_bots)
    rows: list[tuple[Cell, ...]] = [
        (f"{band} to {band + 10}", None if 0 < people < least else people) for band, people in found.items()
    ]
    tones = [sum(band >= start for start in TONES) - 1 for band in found]
    note = f"Low under {TONES[1]}, middle, and high from {TONES[2]} on. Fewer than {least} people have no number."
    return Table((Column("Mean index"), Column("People", "people", "bar")), rows, note, tones=tones)


def calendar(key: str, asked: Asked) -> Table:
    """A number of each day, weeks as columns."""
    last = asked.span.last
    first = metrics.start_of(last, "week") - timedelta(weeks=CALENDAR_WEEKS - 1)
    values = metrics.read(METRICS[key], asked.workspace, first, last, with_bots=asked.with_bots)
    by_day = {one.date: one for one in values}
    weeks = [first + timedelta(weeks=week) for week in range(CALENDAR_WEEKS)]
    rows: list[tuple[Cell, ...]] = []
    unfinished = set()
    for weekday, name in enumerate(WEEKDAYS):
        found = [by_day.get(week + timedelta(days=weekday)) for week in weeks]
        unfinished |= {(weekday, 1 + place) for place, one in enumerate(found) if one is None or one.state != "closed"}
        rows.append((name, *(None if one is None else one.value for one in found)))
    if not any(one.value for one in values):
        return Table((Column("Day"),), [])
    columns = (Column("Day"), *(Column(date_format(week, "j M"), "number", "shade") for week in weeks))
    return Table(columns, rows, "Hatched: not final, or not yet.", unfinished=frozenset(unfinished))


def by_week(key: str, title: str, asked: Asked) -> Table:
    """A number that has a week of its own, of the weeks of the span."""
    metric = METRICS[key]
    values = metrics.read(metric, asked.workspace, asked.span.first, asked.span.last, "week", with_bots=asked.with_bots)
    found = [one for one in reversed(values) if one.data_points]
    rows: list[tuple[Cell, ...]] = [(_day(one.date), one.value, int(one.numerator)) for one in found]
    unfinished = frozenset((row, 1) for row, one in enumerate(found) if one.state != "closed")
    columns = (Column("Week from"), Column(metric.title, metric.unit, "bar"), Column(title, "people"))
    return Table(columns, rows, "Hatched: not final.", unfinished=unfinished)


def _day(day: date) -> str:
    return date_format(day, "j M Y")


def hour_panel(key: str, hourly: str, title: str, words: str) -> Panel:
    return Panel(
        key, title, f"Mean number of {words} in each hour of the week.", partial(by_hour, hourly), ("hourly_metrics",)
    )


COHORTS = Panel(
    "cohorts",
    "Who comes back, week by week",
    "Of the people who signed up in a week, the share active in the days 7k to 7k + 6 after their own sign-up day.",
    cohort_grid,
    ("cohort_retention", "user_cohorts"),
)
FUNNEL = Panel(
    "funnel",
    "From sign-up to a level",
    "People who go through the steps of the funnel `engagement` in order, within its window.",
    engagement_funnel,
    ("funnel_daily",),
)
FEATURES = Panel(
    "features",
    "What people use",
    "Distinct people who used a feature, and their share of the active people of the month.",
    feature_adoption,
    ("feature_monthly",),
)
HEALTH = Panel(
    "gauges",
    "What the health of the platform is made of",
    "Each number against its target, which is the definition `platform_health`.",
    health_gauges,
    ("platform_health_daily",),
    kind="gauges",
)


def histogram(index: Index, title: str) -> Panel:
    words = "People by the mean of their index on the days that they have one."
    return Panel("bands", title, words, partial(index_histogram, index), ("user_wellbeing_daily",))


def calendar_panel(metric: str, title: str) -> Panel:
    return Panel("calendar", title, "", partial(calendar, metric), metric=metric)


def weeks_panel(metric: str, title: str, people: str) -> Panel:
    return Panel("weeks", title, "", partial(by_week, metric, people), metric=metric)

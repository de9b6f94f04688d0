"""The truth meter: numbers drawn at random, counted anew from the events by statements that share nothing with the
rollups, and compared.

A metric names its statement (Metric.recount, a file in sql/recount of its rollup's room). It returns rows (name,
number): names are the metric's columns, with `all_` or `before_` in front of sums over all days up to the bucket's end
or before it; what it does not name is 0.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, models, transaction
from django.db.models import Sum
from django.utils import timezone

from analytics import definitions, metrics, session_gap
from analytics.metrics import METRICS, DayStates, Grain, Metric
from analytics.models import Drift, Recount, UserActivityDaily
from analytics.rollups.rollup import ROLLUPS
from config.lib import buckets
from config.lib.sql import statement
from config.models import Workspace
from ingestion.flags import EXCLUDED, Flag
from ingestion.merging import ids_of, person_of
from ingestion.models import Event

DAYS_BACK = 90
NIGHTLY = 200
# Statements of a sample may take this long, one of them and all together.
LONGEST_STATEMENT = timedelta(minutes=2)
LONGEST = timedelta(minutes=15)
# What seconds lose when they are added up in another order.
TOLERATED = 1e-9
MOST_KEPT = 200
SESSION_LONGEST = timedelta(days=2)
PERSON_COLUMNS = {one.name for one in UserActivityDaily._meta.get_fields() if isinstance(one, models.Field)}  # noqa: SLF001 Django's documented API
# A person who did anything on the day, the first from a random id on.
SOMEBODY = statement("analytics", "recount/somebody")


@dataclass(frozen=True, slots=True)
class Sample:
    """A number: a metric's of one day (or week that begins on it), of everybody or of one person."""

    metric: Metric
    day: date
    person: UUID | None = None

    @property
    def end(self) -> date:
        """The day after its bucket."""
        return ROLLUPS[self.metric.rollup].next_day(self.day)


@dataclass(frozen=True, slots=True)
class Compared:
    """numerator and denominator as the rollups have them, and as the events say."""

    sample: Sample
    numerator: float
    denominator: float | None
    counted_numerator: float
    counted_denominator: float | None

    @property
    def agrees(self) -> bool:
        return _same(self.numerator, self.counted_numerator) and _same(
            self.denominator or 0, self.counted_denominator or 0
        )


@dataclass(slots=True)
class Outcome:
    checked: int = 0
    left_out: int = 0
    drifts: list[Compared] = field(default_factory=list)

    @property
    def drift_ppm(self) -> int | None:
        return round(1_000_000 * len(self.drifts) / self.checked) if self.checked else None


def recountable(wanted: Iterable[Metric] = METRICS) -> list[Metric]:
    """Metrics that can be counted anew; those of one community or the like are not drawn."""
    return [metric for metric in wanted if metric.recount and not metric.per]


def of_people(metric: Metric) -> bool:
    """Whether it can be told of one person: activity by day has its columns."""
    return metric.rollup == "platform_daily" and metric.kind in {"sum", "ratio"} and metric.columns <= PERSON_COLUMNS


def draw(
    workspace: Workspace, wanted: list[Metric], first: date | None, last: date, number: int, chance: Random
) -> list[Sample]:
    """Different samples of days that are closed; of so few that all can be had, all of everybody's come first.

    Without a first day they reach so far back that each metric has DAYS_BACK days on which it can be known.
    """
    states = _states(workspace, wanted)
    begins = metrics.first_day(workspace)
    if begins is None and not Event.objects.filter(workspace=workspace).exists():
        return []
    # Before there was anything, all is 0.
    since = {metric.key: first or _days_back(last, metric) for metric in wanted}
    places = [
        place
        for metric in wanted
        for day in buckets.days(max(since[metric.key], begins or since[metric.key]), last + buckets.DAY)
        if ROLLUPS[metric.rollup].first_day(day) == day
        and _is_closed(place := Sample(metric, day), states[metric.rollup])
    ]
    if not places:
        return []
    found: dict[Sample, None] = {}
    if len(places) <= number:
        found = dict.fromkeys(chance.sample(places, len(places)))
    # Twice as many tries: idle days have nobody, and some samples come up again.
    for _ in range(2 * number):
        if len(found) >= number:
            break
        place = chance.choice(places)
        if of_people(place.metric) and chance.random() < 0.5:  # noqa: PLR2004 as often as not
            place = replace(place, person=_somebody(workspace, place.day, chance))
        found[place] = None
    return list(found)


def _somebody(workspace: Workspace, day: date, chance: Random) -> UUID | None:
    """A person of the day, by the events or by the rollup, so that neither can hide one; None when there is nobody."""
    start = UUID(int=chance.getrandbits(128))
    if chance.random() < 0.5:  # noqa: PLR2004 as often as not
        rows = UserActivityDaily.objects.filter(workspace=workspace, date=day, excluded=False)
        here = rows.filter(person_id__gte=start).order_by("person_id").values_list("person_id", flat=True).first()
        found: UUID | None = here or rows.order_by("person_id").values_list("person_id", flat=True).first()
        return found
    with connection.cursor() as cursor:
        for least in (start, UUID(int=0)):
            cursor.execute(SOMEBODY, _bounds(workspace, day) | {"least": least})
            if row := cursor.fetchone():
                return person_of(workspace.pk, row[0])
    return None


def compare(workspace: Workspace, samples: list[Sample], *, within: timedelta = LONGEST) -> Outcome:
    """Count every sample anew and compare. What is not compared `within` the time is left out."""
    outcome = Outcome()
    groups: dict[tuple[str, date, date, UUID | None], list[Sample]] = {}
    for sample in samples:
        groups.setdefault((_text(sample.metric), sample.day, sample.end, sample.person), []).append(sample)
    end = time.monotonic() + within.total_seconds()
    for group in groups.values():
        try:
            if time.monotonic() > end:
                raise TimeoutError
            found = _compare(workspace, group)
            if not all(one.agrees for one in found):
                # Something may have come between the two readings: a drift is what is there when looked at again.
                found = _compare(workspace, group)
        except (TimeoutError, OperationalError):
            outcome.left_out += len(group)
            continue
        drifts = [one for one in found if not one.agrees]
        states = _states(workspace, [sample.metric for sample in group]) if drifts else {}
        if not all(_is_closed(one.sample, states[one.sample.metric.rollup]) for one in drifts):
            outcome.left_out += len(group)
            continue
        outcome.checked += len(found)
        outcome.drifts += drifts
    return outcome


def _compare(workspace: Workspace, group: list[Sample]) -> list[Compared]:
    """Of samples that one statement tells. Raises OperationalError when it takes too long."""
    told = [_told(workspace, sample) for sample in group]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('statement_timeout', %s, true)", [str(int(LONGEST_STATEMENT.total_seconds() * 1000))]
        )
        cursor.execute(_text(group[0].metric), _parameters(workspace, group[0]))
        counted: dict[str, float] = dict(cursor.fetchall())
    found = []
    for sample, (numerator, denominator) in zip(group, told, strict=True):
        above, below = _names(sample.metric)
        # What a mean is divided by is the calendar.
        counted_below = counted.get(below, 0) if below else denominator
        found.append(Compared(sample, numerator, denominator, counted.get(above, 0), counted_below))
    return found


def _text(metric: Metric) -> str:
    return statement(ROLLUPS[metric.rollup].app, f"recount/{metric.recount}")


def _names(metric: Metric) -> tuple[str, str]:
    """What a statement calls the numerator and the denominator."""
    above = f"all_{metric.numerator}" if metric.kind == "running" else metric.numerator
    before = {"reach": "all_", "growth": "before_"}.get(metric.kind, "")
    return above, f"{before}{metric.denominator}" if metric.denominator else ""


def _told(workspace: Workspace, sample: Sample) -> tuple[float, float | None]:
    """Numerator and denominator as everybody reads them."""
    metric = sample.metric
    if sample.person is None:
        grain: Grain = metric.grains[0]
        (value,) = metrics.read(metric, workspace, sample.day, sample.day, grain)
        return value.numerator, value.denominator
    rows = UserActivityDaily.objects.filter(
        workspace=workspace, person_id=sample.person, date=sample.day, excluded=False
    )
    total = rows.aggregate(**{f"of_{column}": Sum(column) for column in metric.columns})
    below = float(total[f"of_{metric.denominator}"] or 0) if metric.denominator else None
    return float(total[f"of_{metric.numerator}"] or 0), below


def _states(workspace: Workspace, wanted: Iterable[Metric]) -> dict[str, DayStates]:
    return {rollup: DayStates(workspace, rollup) for rollup in {metric.rollup for metric in wanted}}


def _is_closed(sample: Sample, states: DayStates) -> bool:
    """Whether nothing that waits can change it."""
    start = date.min if sample.metric.kind in metrics.RUNNING else sample.day
    return states.of(start, sample.end + timedelta(days=sample.metric.known_after)) == "closed"


def _bounds(workspace: Workspace, day: date, end: date | None = None) -> dict[str, Any]:
    zone = workspace.zone
    return {
        "workspace_id": workspace.pk,
        "day_start": buckets.day_start(day, zone),
        "day_end": buckets.day_start(end or day + buckets.DAY, zone),
        "not_counted": int(EXCLUDED | Flag.NO_PERSON),
    }


def _parameters(workspace: Workspace, sample: Sample) -> dict[str, Any]:
    day, zone = sample.day, workspace.zone
    bounds = _bounds(workspace, day, sample.end)
    text = _text(sample.metric)
    used = [one.key for one in definitions.DEFINITIONS if f"%({one.key})s" in text]
    return bounds | {
        "day": day,
        "before_start": buckets.day_start(ROLLUPS[sample.metric.rollup].first_day(day - buckets.DAY), zone),
        "week_start": buckets.day_start(day - timedelta(days=6), zone),
        "month_start": buckets.day_start(day - timedelta(days=29), zone),
        "gap_before": bounds["day_start"] - session_gap.longest(workspace),
        "sessions_end": bounds["day_end"] + SESSION_LONGEST,
        "time_zone": workspace.time_zone,
        "opposite": int(Flag.OPPOSITE),
        "nobody": int(Flag.NO_PERSON),
        "actors": None if sample.person is None else ids_of(workspace.pk, sample.person),
        **{key: definitions.as_parameter(workspace, key) for key in used},
    }


def told(one: Compared) -> str:
    """A drift in a line."""
    who = "" if one.sample.person is None else f" of {one.sample.person}"
    stored, counted = (
        f"{above:g}" if below is None else f"{above:g} / {below:g}"
        for above, below in (
            (one.numerator, one.denominator),
            (one.counted_numerator, one.counted_denominator),
        )
    )
    return f"{one.sample.metric.key} on {one.sample.day}{who}: {stored}, the events say {counted}"


def _same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=TOLERATED, abs_tol=TOLERATED)


def _days_back(last: date, metric: Metric | None = None) -> date:
    """The first of the DAYS_BACK days that end with `last`; earlier by as long as the metric takes to be known."""
    return last - timedelta(days=DAYS_BACK - 1 + (metric.known_after if metric else 0))


def span(workspace: Workspace, first: date | None = None, last: date | None = None) -> tuple[date, date]:
    """The days to draw from: those given, else the last DAYS_BACK before today."""
    last = last or buckets.day_of(timezone.now(), workspace.zone) - buckets.DAY
    return first or _days_back(last), last


def nightly(workspace: Workspace) -> tuple[Recount, Outcome]:
    """Draw, compare, and keep what came of it."""
    first, last = span(workspace)
    outcome = compare(workspace, draw(workspace, recountable(), None, last, NIGHTLY, Random()))  # noqa: S311 no secret
    with transaction.atomic():
        row = Recount.objects.create(
            workspace=workspace,
            first=first,
            last=last,
            checked=outcome.checked,
            drifted=len(outcome.drifts),
            left_out=outcome.left_out,
        )
        Drift.objects.bulk_create(
            Drift(
                recount=row,
                metric=one.sample.metric.key,
                date=one.sample.day,
                person_id=one.sample.person,
                numerator=one.numerator,
                counted_numerator=one.counted_numerator,
                denominator=one.denominator,
                counted_denominator=one.counted_denominator,
            )
            for one in outcome.drifts[:MOST_KEPT]
        )
    return row, outcome


def latest(workspace: Workspace) -> Recount | None:
    return Recount.objects.filter(workspace=workspace).first()

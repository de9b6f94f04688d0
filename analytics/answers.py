"""What a query is answered: a row of each metric, bucket and group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from analytics import groups, hours, metrics, small_groups
from analytics.groups import Dimension
from analytics.hours import Hour
from analytics.metrics import METRICS, Metric, Value
from analytics.queries import BOTS, Query, dimension_of, starts_of
from analytics.spans import Span
from config.lib.buckets import DAY
from config.models import Workspace


@dataclass(frozen=True, slots=True)
class Freshness:
    """calculated_at: when the newest number was filled. watermark: all before it is, None before the first fill."""

    calculated_at: datetime | None
    watermark: datetime | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The first rows, up to the limit, and how many there are."""

    rows: list[dict[str, Any]]
    total_rows: int
    freshness: Freshness


def answer(workspace: Workspace, query: Query) -> Answer:
    rows = list(_by_hour(workspace, query) if query.granularity == "hour" else _by_day(workspace, query))
    filled = [row["calculated_at"] for row in rows if row["calculated_at"]]
    marks = [row.pop("watermark") for row in rows]
    complete = bool(marks) and None not in marks
    freshness = Freshness(max(filled, default=None), min(marks) if complete else None)
    return Answer(rows[: query.limit], len(rows), freshness)


def rollups_of(query: Query) -> set[str]:
    """The rollups that it is read from."""
    if query.granularity == "hour":
        return {hours.ROLLUP}
    sizes = [METRICS[small_groups.SIZES[one.per]] for one in query.metrics if one.per in small_groups.SIZES]
    found = []
    for metric in query.metrics:
        dimension = query.group_dimension(metric)
        found += [dimension.metrics[metric.key], dimension.size] if dimension else [metric]
    return {metric.rollup_for(query.granularity) for metric in (*found, *sizes)}


def _by_hour(workspace: Workspace, query: Query) -> Iterator[dict[str, Any]]:
    days = (query.last - query.first).days + 1
    for metric in query.metrics:
        found = hours.read(metric.key, workspace, query.first, query.last)
        before: list[Hour] = []
        if query.compare:
            before = hours.read(metric.key, workspace, query.first - days * DAY, query.first - DAY)
        watermark = metrics.DayStates(workspace, hours.ROLLUP).watermark
        for number, hour in enumerate(found):
            row = {
                "metric": metric.key,
                "hour": hour.hour,
                "value": hour.value,
                "numerator": hour.value,
                "denominator": None,
                "data_points": hour.data_points,
                "state": hour.state,
                "confidence": hour.confidence,
                "calculated_at": hour.calculated_at,
                "watermark": watermark,
            }
            if query.compare:
                # A day on which the clocks change has an hour more or less.
                then = before[number] if number < len(before) else None
                row["before"] = {"hour": then.hour, "value": then.value} if then else None
            yield row


def _by_day(workspace: Workspace, query: Query) -> Iterator[dict[str, Any]]:
    starts, earlier = starts_of(query)
    asked = [*earlier, *starts]
    told = _Groups(workspace, query, asked[0], asked[-1])
    for metric in query.metrics:
        for with_bots in query.bots:
            for name, values in told.values(metric, with_bots=with_bots):
                sizes = told.sizes(metric, name)
                rows = [_row(metric, value, size, told.least) for value, size in zip(values, sizes, strict=True)]
                for number, row in enumerate(rows[len(earlier) :]):
                    group: dict[str, Any] = {query.by(metric): name} if query.by(metric) else {}
                    group |= {BOTS: with_bots} if BOTS in query.dimensions else {}
                    then = {}
                    if query.compare:
                        then = {"before": {"date": rows[number]["date"], "value": rows[number]["value"]}}
                    yield {"metric": metric.key} | group | row | then


class _Groups:
    """The values of the metrics of a query by group, each rollup read once where the whole workspace is told."""

    def __init__(self, workspace: Workspace, query: Query, first: date, last: date) -> None:
        assert query.granularity != "hour"
        self.workspace, self.query = workspace, query
        self.first, self.last = first, last
        self.grain: Literal["day", "week", "month"] = query.granularity
        of_all = [metric for metric in query.metrics if not query.by(metric)]
        self.of_all = {
            flag: metrics.read_many(of_all, workspace, first, last, self.grain, with_bots=flag) for flag in query.bots
        }
        self.least = small_groups.least_people(workspace)
        self._each: dict[str, dict[str, list[Value]]] = {}
        self._people: dict[str, dict[str, list[Value]]] | None = None

    def values(self, metric: Metric, *, with_bots: bool) -> list[tuple[str, list[Value]]]:
        """(name of the group, values of its buckets), by name."""
        if (dimension := self.query.group_dimension(metric)) is not None:
            found = self._of_people(dimension)
            return [(name, values[metric.key]) for name, values in found.items() if metric.key in values]
        if not metric.per:
            return [("", self.of_all[with_bots][metric.key])]
        return sorted(self._of_each(metric).items())

    def sizes(self, metric: Metric, name: str) -> list[float | None]:
        """How many people the group is of in each bucket; None where it is none of people."""
        if metric.per not in small_groups.SIZES:
            return [None] * len(metrics.bucket_starts(self.first, self.last, self.grain))
        found = self._of_each(METRICS[small_groups.SIZES[metric.per]]).get(name)
        if found is None:
            return [0] * len(metrics.bucket_starts(self.first, self.last, self.grain))
        return [value.value or 0 for value in found]

    def _of_people(self, dimension: Dimension) -> dict[str, dict[str, list[Value]]]:
        if self._people is None:
            names = self.query.filters.get(dimension.key)
            if names is None:
                names = tuple(dimension.names(self.workspace, Span(self.query.first, self.query.last)))
            wanted = [one for one in self.query.metrics if self.query.group_dimension(one)]
            self._people = groups.read(dimension, names, wanted, self.workspace, self.first, self.last)
        return self._people

    def _of_each(self, metric: Metric) -> dict[str, list[Value]]:
        if metric.key not in self._each:
            names = self.query.filters.get(dimension_of(metric))
            if names is None:
                found = metrics.read_each(metric, self.workspace, self.first, self.last, self.grain)
            else:
                found = {
                    name: metrics.read(metric, self.workspace, self.first, self.last, self.grain, of=name)
                    for name in names
                }
            self._each[metric.key] = found
        return self._each[metric.key]


def _row(metric: Metric, value: Value, size: float | None, least: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "date": value.date,
        "value": value.value,
        "numerator": value.numerator,
        "denominator": value.denominator,
        "data_points": value.data_points,
        "state": value.state,
        "confidence": value.confidence,
        "calculated_at": value.calculated_at,
        "watermark": value.watermark,
    }
    few = size is not None and size < least and (value.numerator or value.denominator)
    if few or small_groups.is_hidden(value) or small_groups.is_of_few(metric, value.denominator, least):
        row |= dict.fromkeys(("value", "numerator", "denominator", "data_points"))
        row["suppressed"] = f"A group of fewer than {least} people"
    return row

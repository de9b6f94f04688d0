"""Numbers of one group of people: of a segment, a cohort or a platform, or of what is done in a community.

Each dimension has a rollup with a row a day and group, and says which metrics can be told from it. Of the others
nothing is told: a number of everybody would be taken for one of the group. One dimension at a time: there are no rows
of two.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from analytics import cohorts, small_groups
from analytics import metrics as reader
from analytics.metrics import METRICS, Metric, Value
from analytics.rollups.rollup import ROLLUPS
from analytics.spans import InvalidSpan, Span
from config.lib.registry import Registry
from config.models import Workspace

# What is offered and understood; who wants more names them.
MOST_NAMES = 60
Names = Callable[[Workspace, Span], list[str]]


@dataclass(frozen=True, slots=True)
class Dimension:
    """metrics: by key what is read in the place of a metric. size: the people of a group on a day, by which small ones
    are told apart; `open` are the metrics that everybody is told of days anyway. parts: whether nobody is in two groups
    a day, so that a small group could be worked out from all others.
    """

    key: str
    title: str
    metrics: dict[str, Metric]
    size: Metric
    names: Names
    open: frozenset[str] = field(default_factory=frozenset)
    parts: bool = True

    def tells(self, metric: Metric) -> bool:
        return metric.key in self.metrics


DIMENSIONS: Registry[Dimension] = Registry("filter")


@dataclass(frozen=True, slots=True)
class Group:
    """One of a dimension, such as the power segment."""

    dimension: Dimension
    name: str

    @property
    def words(self) -> str:
        return f"{self.dimension.title.lower()} {self.name}"

    @property
    def not_told(self) -> str:
        """What stands in the place of a number that cannot be told of it."""
        return f"Not by {self.dimension.key}"


def read(
    dimension: Dimension, names: Sequence[str], metrics: list[Metric], workspace: Workspace, first: date, last: date
) -> dict[str, dict[str, list[Value]]]:
    """By name and key the values of the days from first to last of metrics that the dimension tells.

    Days on which a group is too small to be told of have none (small_groups.hidden).
    """
    small = _hidden(dimension, workspace, first, last)
    own = [dimension.metrics[metric.key] for metric in metrics]
    found: dict[str, dict[str, list[Value]]] = {name: {} for name in names}
    if len(names) == 1:
        found = {name: reader.read_many(own, workspace, first, last, of=name) for name in names}
    else:
        # A query a metric, however many groups there are; a group that did nothing so far is in none.
        for metric in own:
            each = reader.read_each(metric, workspace, first, last)
            for name in each.keys() & found.keys():
                found[name][metric.key] = each[name]
    for name, values in found.items():
        for key in values.keys() - dimension.open:
            values[key] = [small_groups.hidden(one) if one.date in small[name] else one for one in values[key]]
    return found


def _hidden(dimension: Dimension, workspace: Workspace, first: date, last: date) -> dict[str, set[date]]:
    """The days of each group on which nothing of it is told."""
    least = small_groups.least_people(workspace)
    by_day: dict[date, dict[str, int]] = defaultdict(dict)
    for name, values in reader.read_each(dimension.size, workspace, first, last).items():
        for one in values:
            by_day[one.date][name] = int(one.value or 0)
    found: dict[str, set[date]] = defaultdict(set)
    for day, people in by_day.items():
        for name in small_groups.too_small(people, least, parts=dimension.parts):
            found[name].add(day)
    return found


def chosen(dimension: Dimension, workspace: Workspace, span: Span, name: str) -> str:
    """The name, where it is one. Raises InvalidSpan, with those that may have been meant."""
    names = dimension.names(workspace, span)
    if name in names:
        return name
    near = difflib.get_close_matches(name[:100], names, 3, 0.5) or names[:12]
    there = f"; there is {', '.join(near)}" if near else ""
    least = small_groups.least_people(workspace)
    raise InvalidSpan(dimension.key, f"There is no {dimension.key} {name[:50]!r} of {least} people or more{there}")


def of_rollup(rollup: str, per: str, keys: Iterable[str], **other: Metric) -> dict[str, Metric]:
    """Metrics of everybody as a rollup tells them that has columns of the same names; other: those that differ."""
    columns = {column.name for column in ROLLUPS[rollup].model._meta.concrete_fields}  # noqa: SLF001 its public name
    found: dict[str, Metric] = {}
    for key in keys:
        metric = METRICS[key]
        assert metric.columns <= columns, (key, metric.columns - columns)
        found[key] = replace(metric, rollup=rollup, per=per, weekly="", monthly="", recount="")
    return found | other


def size_of(rollup: str, per: str, column: str, **more: Any) -> Metric:
    """How many people a group is of."""
    return Metric(f"{per}_people", "People", "people", "Distinct people.", column, rollup=rollup, per=per, **more)


def cohort_names(workspace: Workspace, span: Span) -> list[str]:
    """Months of sign-up up to the end of the span, the latest first."""
    least = small_groups.least_people(workspace)
    found = cohorts.sizes(workspace, "month", last=span.last)
    return [f"{one.start:%Y-%m}" for one in reversed(found) if one.size >= least][:MOST_NAMES]

"""A metric by what it is per, over a range: the largest groups first, those too small to tell of taken together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from analytics import metrics, small_groups
from analytics.dashboards import total_of
from analytics.metrics import Metric, Value
from config.models import Workspace


@dataclass(frozen=True, slots=True)
class Group:
    """name: None of all small groups together. share: of all that is told, of a metric that is a sum."""

    name: str | None
    groups: int
    value: float | None
    share: float | None


def breakdown(workspace: Workspace, metric: Metric, first: date, last: date) -> list[Group]:
    """Of all days from first to last where days can be added, else of the last alone. Groups without anything are left
    out, and days on which a group had too few people.
    """
    found = {
        name: values if metric.adds_up else values[-1:]
        for name, values in metrics.read_each(metric, workspace, first, last).items()
    }
    found = {name: values for name, values in found.items() if any(value.data_points for value in values)}
    sizes = small_groups.sizes(workspace, metric.per, first if metric.adds_up else last, last)
    least = small_groups.least_people(workspace)
    small = set() if sizes is None else {name for name in found if sizes[name, last] < least}
    told = {name: values for name, values in found.items() if name not in small}
    rest: list[Value] = []
    if sizes is not None:
        told = {name: [one for one in values if sizes[name, one.date] >= least] for name, values in told.items()}
        rest = _together(metric, {name: found[name] for name in small}, sizes, least, last)
    whole = sum(one.numerator for values in (*told.values(), rest) for one in values) if metric.kind == "sum" else 0
    groups = [_group(metric, name, 1, values, whole) for name, values in told.items()]
    groups.sort(key=lambda one: (one.value is None, -(one.value or 0), one.name))
    if small:
        groups.append(_group(metric, None, len(small), rest, whole))
    return groups


def _together(
    metric: Metric, small: dict[str, list[Value]], sizes: Counter[tuple[str, date]], least: int, last: date
) -> list[Value]:
    """What is told of small groups: nothing where all of them are of few people or what they have cannot be added, else
    the days on which all of them were of enough.
    """

    def people(day: date) -> float:
        return sum(sizes[name, day] for name in small)

    if not metric.adds_up or people(last) < least:
        return []
    enough = {day for day in {day for _, day in sizes} if people(day) >= least}
    return [one for values in small.values() for one in values if one.date in enough]


def _group(metric: Metric, name: str | None, groups: int, values: list[Value], whole: float) -> Group:
    value = total_of(metric, values) if values else None
    return Group(name, groups, value, value / whole if whole and value is not None else None)

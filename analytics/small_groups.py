"""Groups so small that a number of theirs would tell of single people: what is told of them instead is nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from django.utils import timezone

from analytics import definitions, metrics
from analytics.definitions import DEFINITIONS, Definition
from analytics.metrics import METRICS, Metric, Value
from config.lib import buckets
from config.models import Workspace

KEY = "small_groups"
# Metrics that say how many people a group is of, by what groups are per; a field of events is no group of people.
SIZES = {"community_id": "community_members", "feature": "feature_people"}
# The rollup whose ratios are shares of the people who signed up.
SHARES_OF_SIGNUPS = "cohort_retention"

DEFINITIONS.register(
    Definition(
        KEY,
        "Small groups",
        "least_people: of a group of fewer, such as a community, the users of a feature or those who came to a step, "
        "dashboards and the API tell no number; 1 tells of all.",
        {"least_people": 5},
        limits={"least_people": (1, 1_000)},
    )
)


def least_people(workspace: Workspace) -> int:
    """What holds today, whatever day is asked for."""
    today = buckets.day_of(timezone.now(), workspace.zone)
    least: int = definitions.current(workspace, KEY, today)["least_people"]
    return least


def sizes(workspace: Workspace, per: str, first: date, last: date) -> Counter[tuple[str, date]] | None:
    """People of each group on each day, 0 of what is not in it; None where groups of this kind are none of people."""
    if per not in SIZES:
        return None
    found = metrics.read_each(METRICS[SIZES[per]], workspace, first, last)
    return Counter({(name, one.date): int(one.value or 0) for name, values in found.items() for one in values})


def too_small(people: Mapping[str, int], least: int, *, parts: bool) -> set[str]:
    """Of groups by their people those of which nothing is told: the small ones and, where groups are the parts of a
    known whole, as many of the next larger as it takes that what is missing of the whole is no small group either.
    """
    small = {name for name, number in people.items() if 0 < number < least}
    if not small or not parts:
        return small
    larger = sorted((number, name) for name, number in people.items() if number >= least)
    missing = sum(people[name] for name in small)
    for number, name in larger:
        if missing >= least:
            break
        small.add(name)
        missing += number
    return small


def hidden(value: Value) -> Value:
    """In the place of a number that tells too much."""
    return replace(value, value=None, numerator=0, denominator=None, data_points=0, confidence="low")


def is_hidden(value: Value) -> bool:
    """Nothing else has neither a value nor what it is divided by."""
    return value.value is None and value.denominator is None


def is_of_few(metric: Metric, people: float | None, least: int) -> bool:
    """Whether it is a share of so few people who signed up on a day that it would tell of single ones.

    Days added up are judged together: most communities have a few sign-ups a day, and would have no retention at all.
    """
    return metric.rollup == SHARES_OF_SIGNUPS and metric.kind == "ratio" and 0 < (people or 0) < least

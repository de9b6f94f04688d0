"""Abuse patterns as people write them: steps, what must be the same across them, how many, of how many different.

One step is counted; several follow each other, each once. The names of steps are those of funnels; `report_submitted`
stands for reports as they were taken, whichever way they came.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta

from django.core.exceptions import ValidationError

from analytics import funnel_steps
from analytics.funnel_steps import Resolved
from config.models import Workspace
from moderation.models import Pattern, Reason
from moderation.models.patterns import LONGEST_WINDOW_SECONDS, MOST_STEPS

REPORTED = "report_submitted"
# Stands for its event type: what is counted are the reports, which come by the API as well.
REPORT_TYPE = -1
SAME = re.compile(r"(?P<field>[\w.-]{1,100})(?:\s+(?P<steps>[1-9](?:=[1-9])+))?")


@dataclass(frozen=True, slots=True)
class Same:
    """A field that is the same in those steps: actor, author, object, community, or a property."""

    field: str
    steps: tuple[int, ...]


def parse_same(text: str, count: int) -> Same:
    """`title 1=3`, or `title` for all steps. Raises ValueError."""
    found = SAME.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is none: write a field, and after it the steps in which it is the same, as 1=3")
    numbers = tuple(int(one) for one in found["steps"].split("=")) if found["steps"] else tuple(range(1, count + 1))
    if len(set(numbers)) < len(numbers) or max(numbers) > count:
        raise ValueError(f"{text!r} names a step twice, or one of {count} that is not there")
    return Same(found["field"], tuple(sorted(numbers)))


def sames_of(pattern: Pattern) -> list[Same]:
    return [parse_same(text, len(pattern.steps)) for text in pattern.same]


def window_of(pattern: Pattern) -> timedelta:
    return timedelta(seconds=pattern.window_seconds)


def resolved(pattern: Pattern) -> list[Resolved]:
    """Its steps in its workspace."""
    steps = [funnel_steps.parse_step(text) for text in pattern.steps]
    return [_with_reports(one, pattern.workspace) for one in funnel_steps.resolve(pattern.workspace, steps)]


def _with_reports(found: Resolved, workspace: Workspace) -> Resolved:
    if REPORTED not in found.step.names:
        return found
    (events,) = funnel_steps.resolve(workspace, [replace(found.step, names=(REPORTED,))])
    types = [pk for pk in found.types if pk not in events.types]
    return Resolved(found.step, [REPORT_TYPE, *types], [name for name in found.unknown if name != REPORTED])


def listens_to(pattern: Pattern) -> set[int]:
    """The event types it looks at, and REPORT_TYPE."""
    return {pk for one in resolved(pattern) for pk in one.types}


def check(pattern: Pattern) -> None:
    """Raises ValidationError, by field, with what is wrong."""
    wrong: dict[str, str] = {}
    count = len(pattern.steps)
    if not 1 <= count <= MOST_STEPS:
        raise ValidationError({"steps": f"A pattern has 1 to {MOST_STEPS} steps, not {count}"})
    try:
        unknown = [name for one in resolved(pattern) for name in one.unknown]
        if unknown:
            wrong["steps"] = _unknown(pattern.workspace, unknown[0])
    except ValueError as error:
        wrong["steps"] = str(error)
    try:
        sames_of(pattern)
    except ValueError as error:
        wrong["same"] = str(error)
    if not 1 <= pattern.window_seconds <= LONGEST_WINDOW_SECONDS:
        wrong["window_seconds"] = "The window is at most 7d"
    wrong |= _check_one(pattern) if count == 1 else _check_several(pattern)
    if wrong:
        raise ValidationError(wrong)


def _unknown(workspace: Workspace, name: str) -> str:
    near = funnel_steps.alike(workspace, name)
    return f"No event type is called {name!r}" + (f"; there are {', '.join(near)}" if near else "")


def _check_one(pattern: Pattern) -> dict[str, str]:
    wrong = {}
    least, most, by = pattern.distinct_least, pattern.distinct_most, pattern.distinct_by
    if pattern.count < 2:  # noqa: PLR2004 one event is no pattern
        wrong["count"] = "One step is met by at least 2 events"
    if pattern.same:
        wrong["same"] = "Something is the same across several steps; here is one"
    if bool(by) != (least is not None or most is not None):
        wrong["distinct_by"] = "Say of different what, and at least or at most how many"
    elif by and by == pattern.per:
        wrong["distinct_by"] = "It is looked at for each of those, so there is one"
    if least is not None and not 1 <= least <= pattern.count:
        wrong["distinct_least"] = "At least 1, and no more than there are events"
    if most is not None and most < max(least or 1, 1):
        wrong["distinct_most"] = "It must not be below what there are at least"
    return wrong


def _check_several(pattern: Pattern) -> dict[str, str]:
    wrong = {}
    if pattern.count != 1:
        wrong["count"] = "Steps that follow each other are met once each: 1"
    if pattern.distinct_by or pattern.distinct_least is not None or pattern.distinct_most is not None:
        wrong["distinct_by"] = "Only events of a single step are told apart"
    return wrong


HOUR, DAY = 3_600, 86_400
# Likes between two people, bursts from new accounts and likes from few sources are how points are farmed.
DEFAULTS: dict[str, dict[str, object]] = {
    "reports-against-one": {
        "title": "3 reports against one person by 3 people within 1 h",
        "per": Pattern.Per.AUTHOR,
        "steps": [REPORTED],
        "count": 3,
        "distinct_by": Pattern.By.ACTOR,
        "distinct_least": 3,
        "window_seconds": HOUR,
        "reason": Reason.OTHER,
        "priority": 4,
    },
    "likes-in-a-minute": {
        "title": "20 likes in 60 s",
        "steps": ["likes_given"],
        "count": 20,
        "window_seconds": 60,
        "reason": Reason.SPAM,
    },
    "posted-again": {
        "title": "Post, delete, post the same within 1 h",
        "steps": ["posts_created", "content_deleted", "posts_created"],
        "same": ["object 1=2", "title 1=3"],
        "window_seconds": HOUR,
        "reason": Reason.SPAM,
    },
    "likes-to-and-fro": {
        "title": "20 likes between two people within a day, from both",
        "per": Pattern.Per.PAIR,
        "steps": ["likes_given"],
        "count": 20,
        "distinct_by": Pattern.By.ACTOR,
        "distinct_least": 2,
        "window_seconds": DAY,
        "reason": Reason.SPAM,
    },
    "likes-from-new-accounts": {
        "title": "10 accounts of less than a day like one person within 1 h",
        "per": Pattern.Per.AUTHOR,
        "steps": ["likes_given"],
        "count": 10,
        "distinct_by": Pattern.By.ACTOR,
        "distinct_least": 10,
        "younger_than_days": 1,
        "window_seconds": HOUR,
        "reason": Reason.SPAM,
    },
    "likes-from-few": {
        "title": "50 likes for one person from at most 3 people within a day",
        "per": Pattern.Per.AUTHOR,
        "steps": ["likes_given"],
        "count": 50,
        "distinct_by": Pattern.By.ACTOR,
        "distinct_most": 3,
        "window_seconds": DAY,
        "reason": Reason.SPAM,
    },
}


def ensure(workspace_id: int) -> None:
    """Write the shipped ones that are missing, switched off. At once with others, each is written once."""
    there = set(Pattern.objects.filter(workspace=workspace_id, key__in=DEFAULTS).values_list("key", flat=True))
    missing = [
        Pattern(workspace_id=workspace_id, key=key, **facts) for key, facts in DEFAULTS.items() if key not in there
    ]
    Pattern.objects.bulk_create(missing, ignore_conflicts=True)

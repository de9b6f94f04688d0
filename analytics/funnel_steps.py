"""The steps of a funnel as people write them, such as `post_created|story_posted[channel=general]`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from config.models import Workspace
from ingestion.models import CountsAs, EventType

FEWEST_STEPS, MOST_STEPS = 2, 12
LONGEST_WINDOW = timedelta(days=90)
WINDOW = re.compile(r"([1-9]\d{0,5})([smhd])")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
STEP = re.compile(r"(?P<names>[^\[\]]+)(?P<where>(?:\[[^\[\]=]+=[^\[\]]*\])*)")
CONDITION = re.compile(r"\[([^\[\]=]+)=([^\[\]]*)\]")
# A comma within brackets is part of a value.
COMMA = re.compile(r",(?![^\[\]]*\])")


@dataclass(frozen=True, slots=True)
class Step:
    """Events of any of the names whose properties have these values, compared as text."""

    text: str
    names: tuple[str, ...]
    where: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Resolved:
    """A step in a workspace: ids of its event types, and the names that nothing there has."""

    step: Step
    types: list[int]
    unknown: list[str]


def parse_step(text: str) -> Step:
    """Raises ValueError, with what is wrong."""
    found = STEP.fullmatch(text.strip())
    names = tuple(name.strip() for name in found["names"].split("|")) if found else ()
    if found is None or not all(names):
        raise ValueError(f"{text!r} is no step: write event types as name|name[property=value]")
    where = tuple((key.strip(), value) for key, value in CONDITION.findall(found["where"]))
    return Step(text.strip(), names, where)


def parse_steps(texts: Iterable[str]) -> list[Step]:
    """Raises ValueError, also where there are too few or too many."""
    steps = [parse_step(text) for text in texts]
    if not FEWEST_STEPS <= len(steps) <= MOST_STEPS:
        raise ValueError(f"A funnel has {FEWEST_STEPS} to {MOST_STEPS} steps, not {len(steps)}")
    return steps


def split(text: str) -> list[str]:
    """Steps written in one line, with commas between them."""
    return COMMA.split(text)


def parse_window(text: str) -> timedelta:
    """Such as 30m, 24h or 7d. Raises ValueError."""
    found = WINDOW.fullmatch(text.strip())
    window = timedelta(**{UNITS[found[2]]: int(found[1])}) if found else timedelta(0)
    if not timedelta(0) < window <= LONGEST_WINDOW:
        raise ValueError(f"{text!r} is no window such as 30m, 24h or 7d, of at most {LONGEST_WINDOW.days}d")
    return window


def window_text(seconds: int) -> str:
    """As parse_window reads it, in the largest unit that fits."""
    for letter, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{letter}"
    return f"{seconds}s"


def resolve(workspace: Workspace, steps: Iterable[Step]) -> list[Resolved]:
    """What the names stand for: an event type or, where none is called so, all that count as it (posts_created)."""
    rows = list(EventType.objects.filter(workspace=workspace).values_list("id", "name", "counts_as"))
    by_name = {name: [pk] for pk, name, _ in rows}
    for count in CountsAs.values:
        if count not in by_name and (ids := [pk for pk, _, counts_as in rows if counts_as == count]):
            by_name[count] = ids
    found = []
    for step in steps:
        types = {pk for name in step.names for pk in by_name.get(name, [])}
        found.append(Resolved(step, sorted(types), [name for name in step.names if name not in by_name]))
    return found


def alike(workspace: Workspace, name: str) -> list[str]:
    """Names of the workspace that somebody may have meant."""
    names = EventType.objects.filter(workspace=workspace).values_list("name", flat=True)
    return difflib.get_close_matches(name, [*names, *CountsAs.values], n=3)

"""Changes to the fields of quarantined payloads, one a line, made before a replay stores them. Pure.

move /data /properties    a field to another place or name
set /type "track"         a field to a JSON value
remove /properties/mood   a field away
number /properties/mood   text that is a number to that number
text /properties/post_id  a number to text
"""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MOST_STEPS = 20
LONGEST_TEXT = 2_000
# verb: how many paths it takes
VERBS = {"move": 2, "set": 1, "remove": 1, "number": 1, "text": 1}


@dataclass(frozen=True, slots=True)
class Step:
    verb: str
    path: tuple[str, ...]
    to: tuple[str, ...] = ()
    value: Any = None


def parse(text: str) -> list[Step]:
    """The steps of a text. Raises ValueError that names the line and what is wrong with it."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(text) > LONGEST_TEXT or len(lines) > MOST_STEPS:
        raise ValueError(f"At most {MOST_STEPS} lines and {LONGEST_TEXT:,} characters")
    steps = []
    for number, line in lines:
        try:
            steps.append(_step(line))
        except (ValueError, RecursionError) as error:
            raise ValueError(f"Line {number}: {error}") from None
    return steps


def _step(line: str) -> Step:
    verb, _, rest = line.partition(" ")
    if verb not in VERBS:
        raise ValueError(f"{verb!r} is none of {', '.join(VERBS)}")
    if verb == "set":
        target, _, value = rest.strip().partition(" ")
        return Step(verb, _steps(target), value=json.loads(value))
    paths = shlex.split(rest)
    if len(paths) != VERBS[verb]:
        raise ValueError(f"{verb} takes {VERBS[verb]} path{'s' if VERBS[verb] > 1 else ''}")
    path, to = _steps(paths[0]), _steps(paths[-1])
    if verb == "move" and to[: len(path)] == path:
        raise ValueError("a field cannot be moved into itself")
    return Step(verb, path, to)


def _steps(path: str) -> tuple[str, ...]:
    if not path.startswith("/"):
        raise ValueError(f"{path!r} is no path such as /properties/mood")
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:])


def apply(steps: Sequence[Step], event: dict[str, Any]) -> None:
    """Change the event in place. A step whose field is not there does nothing."""
    for step in steps:
        if step.verb == "set":
            _put(event, step.path, step.value)
            continue
        parent = _parent(event, step.path)
        if parent is None or step.path[-1] not in parent:
            continue
        found = parent[step.path[-1]]
        if step.verb == "remove":
            del parent[step.path[-1]]
        elif step.verb == "move":
            del parent[step.path[-1]]
            if not _put(event, step.to, found):
                parent[step.path[-1]] = found
        else:
            parent[step.path[-1]] = _number(found) if step.verb == "number" else _text(found)


def _parent(event: dict[str, Any], path: Sequence[str]) -> dict[str, Any] | None:
    found: Any = event
    for name in path[:-1]:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else None


def _put(event: dict[str, Any], path: Sequence[str], value: Any) -> bool:
    """Whether it could be put there: objects on the way are made, other values are not replaced by them."""
    found: dict[str, Any] = event
    for name in path[:-1]:
        inner = found.get(name)
        if inner is None:
            inner = found[name] = {}
        if not isinstance(inner, dict):
            return False
        found = inner
    found[path[-1]] = value
    return True


def _number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    for kind in (int, float):
        try:
            number = kind(value)
        except ValueError:
            continue
        return number if math.isfinite(number) else value
    return value


def _text(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, int | float) else value

"""JSON over several lines, those marked that an error points at. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

# Errors name fields as the canonical event has them; envelopes call them otherwise (events.md 4).
ALSO_CALLED = {
    "properties": ("properties", "data", "traits"),
    "timestamp": ("originalTimestamp", "timestamp"),
}


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    marked: bool


def marked_lines(value: Any, paths: Iterable[str]) -> list[Line]:
    """The value as indented JSON. Marked are the lines on which the things begin that the pointers name or, where one
    is missing, what it is missing in. Raises RecursionError when it is nested too deeply.
    """
    marked = {_nearest(value, path) for path in paths}
    lines = []
    for text, pointer in _lines(value, ""):
        # What stands on the last line of a thing only closes it.
        lines.append(Line(text, pointer in marked))
        marked.discard(pointer)
    return lines


def _nearest(value: Any, path: str) -> str:
    """The pointer itself or the longest part of it that is there."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]
    if steps and isinstance(value, dict):
        names = [name for name in ALSO_CALLED.get(steps[0], ()) if value.get(name) is not None]
        steps[:1] = names[:1] or steps[:1]
    found = ""
    for step in steps:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            break
        found = _below(found, step)
    return found


def _below(pointer: str, step: str | int) -> str:
    return f"{pointer}/{str(step).replace('~', '~0').replace('/', '~1')}"


def _lines(value: Any, pointer: str, before: str = "", after: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    space = "  " * depth
    if isinstance(value, dict | list) and value:
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        yield f"{space}{before}{opening}", pointer
        parts = list(value.items() if isinstance(value, dict) else enumerate(value))
        for number, (step, inner) in enumerate(parts, 1):
            name = f"{_text(step)}: " if isinstance(value, dict) else ""
            yield from _lines(inner, _below(pointer, step), name, "," if number < len(parts) else "", depth + 1)
        yield f"{space}{closing}{after}", pointer
    else:
        yield f"{space}{before}{_text(value)}{after}", pointer


def _text(value: Any) -> str:
    # Half a surrogate pair is text in Python and none in UTF-8.
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()

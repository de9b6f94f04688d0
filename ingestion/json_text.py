"""JSON that people write: read strictly, so that what is kept is what was meant, and put over several lines. Pure."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

LONGEST_TEXT = 100_000
DEEPEST = 64
MOST_DIGITS = 308
# Characters of a line that holds a whole object or list.
LINE = 80


class Unreadable(ValueError):  # noqa: N818 named as its reader sees it
    """A text that is not JSON, or JSON that cannot be kept; the message says where, and line too if it is known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


def read(text: str, most: int = LONGEST_TEXT) -> Any:
    """The JSON value of a text that a person wrote. Raises Unreadable, also for keys written twice and for NaN."""
    if len(text) > most:
        raise Unreadable(f"It may have {most:,} characters")
    try:
        value = json.loads(
            text, object_pairs_hook=_once, parse_constant=_no_number, parse_float=_finite, parse_int=_whole
        )
        _check_depth(value)
        # Neither NUL nor half a surrogate pair can be stored.
        json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        said = f"Not JSON: {error.msg}, line {error.lineno}, column {error.colno}"
        raise Unreadable(said, error.lineno) from None
    except UnicodeEncodeError:
        raise Unreadable("It holds half a surrogate pair, which is no text") from None
    except RecursionError:
        raise Unreadable("It is nested too deeply") from None
    if "\\u0000" in json.dumps(value):
        raise Unreadable("It holds NUL, which cannot be stored")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Unreadable(f'"{key}" stands twice in one object')
        found[key] = value
    return found


def _no_number(constant: str) -> NoReturn:
    raise Unreadable(f"{constant} is no number of JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise Unreadable(f"{digits} does not fit a 64-bit float")
    return number


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise Unreadable("A whole number has too many digits for a 64-bit float")
    return int(digits)


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return
    raise Unreadable(f"It may be nested {DEEPEST} levels")


def formatted(value: Any, indent: str = "") -> str:
    """JSON over several lines, where what is short and holds nothing nested stays on one."""
    inner = indent + "  "
    parts_of = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    flat = json.dumps(value, ensure_ascii=False)
    nested = any(isinstance(part, dict | list) and part for part in parts_of)
    if not parts_of or (not nested and len(indent) + len(flat) <= LINE):
        return flat
    if isinstance(value, dict):
        lines = [f"{json.dumps(key, ensure_ascii=False)}: {formatted(part, inner)}" for key, part in value.items()]
        opening, closing = "{", "}"
    else:
        lines = [formatted(part, inner) for part in value]
        opening, closing = "[", "]"
    return opening + ",".join(f"\n{inner}{line}" for line in lines) + f"\n{indent}{closing}"

"""Weights, thresholds and gaps that operators set: declared with a default, kept as rows that hold from a day on.

A rollup names the definitions it uses; its SQL gets each as a parameter of that name (see Rollup). How a row comes to
be is in definition_changes.py.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError

from analytics.models import DefinitionVersion
from config.lib.registry import Registry
from config.models import Workspace

ALWAYS, FOR_EVER = date.min, date.max
LONGEST_TEXT, LONGEST_LIST, LARGEST = 500, 1_000, 10**15


@dataclass(frozen=True, slots=True)
class Turned:
    """An id of which more (or less) is out of the counts than before, with the days and UTC hours that this changes."""

    actor_id: UUID
    more: bool
    less: bool
    days: list[date]
    hours: list[datetime]


@dataclass(frozen=True, slots=True)
class Effect:
    """The UTC hours whose events count otherwise from now on, and whose those are."""

    hours: set[datetime]
    people: list[Turned]


@dataclass(frozen=True, slots=True)
class Definition:
    """Numbers that a metric depends on. default holds every field with its value and so says its type."""

    key: str
    title: str
    help: str
    default: dict[str, Any]
    # (least, most) of number fields; without one a number is at least 0.
    limits: dict[str, tuple[float, float]] = field(default_factory=dict)
    # Number fields that add up to so much, such as weights to 1.
    sums: dict[tuple[str, ...], float] = field(default_factory=dict)
    # Raises ValidationError where the value as a whole makes no sense.
    check: Callable[[dict[str, Any]], None] | None = None
    # What it changes besides the rollups that name it; called once a change is written.
    effect: Callable[[Workspace], Effect] | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """What holds on the days from `since` up to and not including `until`."""

    since: date
    until: date
    value: dict[str, Any]


class _Unlike(Exception):  # noqa: N818 a value is not what the default is
    pass


DEFINITIONS: Registry[Definition] = Registry("definition")


def held(workspace: Workspace, key: str, first: date = ALWAYS, end: date = FOR_EVER) -> list[Held]:
    """The versions that hold on any day of [first, end), in order; the default holds before the first row."""
    kept = DefinitionVersion.objects.filter(workspace=workspace, key=key, retired_at__isnull=True)
    return spans(key, kept.order_by("valid_from").values_list("valid_from", "value"), first, end)


def spans(
    key: str, rows: Iterable[tuple[date, dict[str, Any]]], first: date = ALWAYS, end: date = FOR_EVER
) -> list[Held]:
    """What rows of (valid_from, value), in order, mean: the versions that hold on any day of [first, end)."""
    default = DEFINITIONS[key].default
    found = list(rows)
    starts = [ALWAYS, *(since for since, _ in found)]
    # Fields that were declared after a row was written have their default in it.
    values = [default, *(default | value for _, value in found)]
    each = zip(starts, [*starts[1:], FOR_EVER], values, strict=True)
    return [Held(since, until, value) for since, until, value in each if since < min(until, end) and until > first]


def current(workspace: Workspace, key: str, day: date) -> dict[str, Any]:
    """What holds on the day."""
    return next(one.value for one in held(workspace, key) if one.since <= day < one.until)


def as_parameter(workspace: Workspace, key: str, first: date = ALWAYS, end: date = FOR_EVER) -> str:
    """The versions as a JSON array of {since, until, field...}, for jsonb_to_recordset; days are ISO dates."""
    return as_json(held(workspace, key, first, end))


def as_json(versions: Iterable[Held]) -> str:
    return json.dumps(
        [{"since": one.since.isoformat(), "until": one.until.isoformat(), **one.value} for one in versions]
    )


def clean(definition: Definition, value: dict[str, Any]) -> dict[str, Any]:
    """The value with every field, each of the type its default has. Raises ValidationError by field."""
    errors: dict[str, str] = dict.fromkeys(value.keys() - definition.default.keys(), "There is no such field.")
    cleaned = dict(definition.default)
    for name, default in definition.default.items():
        try:
            cleaned[name] = _like(default, value.get(name, default), definition.limits.get(name))
        except _Unlike as error:
            errors[name] = str(error)
    if not errors:
        for names, total in definition.sums.items():
            if not math.isclose(found := sum(cleaned[name] for name in names), total, abs_tol=1e-9):
                errors[names[-1]] = f"{', '.join(names)} must add up to {total:g} and are {found:g}."
    if errors:
        raise ValidationError(errors)
    if definition.check is not None:
        definition.check(cleaned)
    return cleaned


def _like(default: Any, value: Any, limits: tuple[float, float] | None = None) -> Any:
    """The value as what the default is. Raises _Unlike with what it has to be."""
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise _Unlike("This is true or false.")
        return value
    if isinstance(default, int | float):
        return _number(default, value, limits)
    if isinstance(default, str):
        if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\x00" in value:
            raise _Unlike(f"This is a text of at most {LONGEST_TEXT} characters.")
        return value
    if isinstance(default, dict):
        if not isinstance(value, dict) or value.keys() != default.keys():
            raise _Unlike(f"This has the fields {', '.join(default)}.")
        return {name: _like(inner, value[name], limits) for name, inner in default.items()}
    if not isinstance(value, list) or len(value) > LONGEST_LIST:
        raise _Unlike(f"This is a list of at most {LONGEST_LIST:,}.")
    like = default[0] if default else ""
    return [_like(like, inner, limits) for inner in value]


def _number(default: float, value: Any, limits: tuple[float, float] | None) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LARGEST:
        raise _Unlike("This is a number.")
    if isinstance(default, int) and value != int(value):
        raise _Unlike("This is a whole number.")
    number: float = int(value) if isinstance(default, int) else value
    least, most = limits or (0, math.inf)
    if not least <= number <= most:
        raise _Unlike(f"This is at least {least:g}." if most == math.inf else f"This is {least:g} to {most:g}.")
    return number

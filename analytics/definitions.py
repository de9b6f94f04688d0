"""Weights, thresholds and gaps that operators set: declared with a default, kept as rows that hold from a day on.

A rollup names the definitions it uses; its SQL gets each as a parameter of that name (see Rollup).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from analytics.models import DefinitionVersion
from config.lib.registry import Registry
from config.models import Workspace

ALWAYS, FOR_EVER = date.min, date.max


@dataclass(frozen=True, slots=True)
class Definition:
    """Numbers that a metric depends on. default holds every field with its value and so says its type."""

    key: str
    title: str
    help: str
    default: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """What holds on the days from `since` up to and not including `until`."""

    since: date
    until: date
    value: dict[str, Any]


DEFINITIONS: Registry[Definition] = Registry("definition")


def held(workspace: Workspace, key: str, first: date = ALWAYS, end: date = FOR_EVER) -> list[Held]:
    """The versions that hold on any day of [first, end), in order; the default holds before the first row."""
    definition = DEFINITIONS[key]
    rows = list(DefinitionVersion.objects.filter(workspace=workspace, key=key).order_by("valid_from"))
    starts = [ALWAYS, *(row.valid_from for row in rows)]
    # Fields that were declared after a row was written have their default in it.
    values = [definition.default, *(definition.default | row.value for row in rows)]
    spans = zip(starts, [*starts[1:], FOR_EVER], values, strict=True)
    return [Held(since, until, value) for since, until, value in spans if since < min(until, end) and until > first]


def current(workspace: Workspace, key: str, day: date) -> dict[str, Any]:
    """What holds on the day."""
    return next(one.value for one in held(workspace, key) if one.since <= day < one.until)


def as_parameter(workspace: Workspace, key: str, first: date, end: date) -> str:
    """The versions as a JSON array of {since, until, field...}, for jsonb_to_recordset; days are ISO dates."""
    return json.dumps(
        [
            {"since": one.since.isoformat(), "until": one.until.isoformat(), **one.value}
            for one in held(workspace, key, first, end)
        ]
    )

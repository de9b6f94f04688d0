"""Events taken apart on demand: by what they have in common, and by what comes after what. Both read raw events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection

from config.lib import buckets
from config.lib.sql import statement
from config.models import Workspace

PROPERTY = "property."
# What an event may be counted by, in terms of sql/events_by_value.sql. Nothing that a caller says is put in.
VALUES = {
    "event": "event.name",
    "category": "event.category",
    "community": "event.community_id",
    "platform": "device.content ->> 'platform'",
    "browser": "device.content ->> 'browser'",
    "os": "device.content ->> 'os'",
    "locale": "device.content ->> 'locale'",
    "app_version": "device.content ->> 'app_version'",
    "hour": "to_char(event.occurred_at AT TIME ZONE %(time_zone)s, 'HH24')",
    "weekday": "extract(isodow FROM event.occurred_at AT TIME ZONE %(time_zone)s)",
    PROPERTY: "event.properties ->> %(property)s",
}


@dataclass(frozen=True, slots=True)
class Group:
    """value: None where the events say nothing."""

    value: str | None
    people: int
    events: int


@dataclass(frozen=True, slots=True)
class Events:
    """people and events of the whole; total_groups: how many have people enough, of which groups are the largest."""

    people: int
    events: int
    total_groups: int
    groups: list[Group]


@dataclass(frozen=True, slots=True)
class Move:
    """people who went from one event to the next, and how often. source and target: "" for all that are not among the
    most frequent, target None where nothing came.
    """

    step: int
    source: str
    target: str | None
    people: int
    times: int


@dataclass(frozen=True, slots=True)
class Paths:
    """people who began, and how many paths they began."""

    people: int
    times: int
    moves: list[Move]


def by_value(  # noqa: PLR0913 each is said by name
    workspace: Workspace,
    by: str,
    first: date,
    last: date,
    *,
    types: list[int] | None,
    least_people: int,
    most: int,
    with_bots: bool = False,
) -> Events:
    """Of the days of the workspace's zone, both included; by: a key of VALUES, or `property.` and its name."""
    is_property = by.startswith(PROPERTY)
    parameters = _range(workspace, first, last, least_people, most, with_bots=with_bots) | {
        "time_zone": workspace.time_zone,
        "types": types,
        "property": by.removeprefix(PROPERTY),
    }
    value = VALUES[PROPERTY if is_property else by]
    rows = _rows(statement("analytics", "events_by_value").format(value=value), parameters)
    *_, groups, people, events = rows[0]
    return Events(people, events, groups, [Group(*row[:3]) for row in rows if row[1] is not None])


def paths(  # noqa: PLR0913 each is said by name
    workspace: Workspace,
    types: list[int],
    first: date,
    last: date,
    *,
    gap: timedelta,
    depth: int,
    most: int,
    least_people: int,
    with_bots: bool = False,
) -> Paths:
    """Of those that begin with an event of these types on the days; a path ends where nothing comes within the gap."""
    parameters = _range(workspace, first, last, least_people, most, with_bots=with_bots)
    parameters |= {"types": types, "gap": gap.total_seconds(), "depth": depth}
    # A path goes on past the end of the days.
    parameters["events_end"] = parameters["end"] + depth * gap
    began, *rows = _rows(statement("analytics", "paths"), parameters)
    return Paths(began[3], began[4], [Move(*row) for row in rows])


def _range(
    workspace: Workspace, first: date, last: date, least_people: int, most: int, *, with_bots: bool
) -> dict[str, Any]:
    return {
        "workspace_id": workspace.pk,
        "start": buckets.day_start(first, workspace.zone),
        "end": buckets.day_start(last + buckets.DAY, workspace.zone),
        "least_people": least_people,
        "most": most,
        "with_bots": with_bots,
    }


def _rows(sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())

"""A sink notes the events that rules look at, in the transaction that stores them; a job takes them (applying.py).

docs/decisions says why no sink does all of it.
"""

from __future__ import annotations

import time
from datetime import date
from functools import partial
from typing import Any

import msgspec
from django.db import connection

from config.lib import buckets
from config.lib.sql import rows_of, statement
from config.models import Workspace
from economy import mirror, rules
from economy.rules import Mode
from ingestion.flags import Flag
from ingestion.sinks import Stored, Write

WAIT = statement("economy", "wait_for_rules")
WAIT_AGAIN = statement("economy", "wait_again")
# How long a process goes on with what it knows of an operator's switch.
FRESH_SECONDS = 3.0
_encode = msgspec.json.Encoder().encode
# {workspace: (names of events, until when on the monotonic clock that is believed)}
_known: dict[int, tuple[frozenset[str], float]] = {}


def forget() -> None:
    """Make this process look again which events are watched."""
    _known.clear()


def note(stored: Stored) -> Write | None:
    """Sink."""
    workspace_id = stored.source.workspace_id
    if not stored.events or not (names := _watched(workspace_id)):
        return None
    keys = [
        {"actor_id": event.actor_id, "occurred_at": event.occurred_at, "event_id": event.event_id}
        for event in stored.events
        if event.name in names and not event.flags & Flag.BOT
    ]
    return partial(_wait, workspace_id, keys) if keys else None


def _wait(workspace_id: int, keys: list[dict[str, Any]]) -> None:
    rows_of(WAIT, {"workspace": workspace_id, "keys": _encode(keys).decode()})


def again(workspace: Workspace, first: date, last: date) -> int:
    """Have the rules look at the stored events of these days, both included; what they did is not done twice.

    The number of events that wait because of it.
    """
    start, end = buckets.day_start(first, workspace.zone), buckets.day_start(last + buckets.DAY, workspace.zone)
    parameters: dict[str, Any] = {
        "workspace": workspace.pk,
        "names": sorted(watched(workspace.pk)),
        "start": start,
        "end": end,
    }
    with connection.cursor() as cursor:
        cursor.execute(WAIT_AGAIN, parameters)
        return int(cursor.rowcount)


def watched(workspace_id: int) -> frozenset[str]:
    """Names of the events that move points."""
    match rules.mode_of(workspace_id):
        case Mode.RULES:
            return frozenset(rules.of_workspace(Workspace(pk=workspace_id)).events())
        case Mode.MIRROR:
            return frozenset(mirror.EVENTS)
    return frozenset()


def _watched(workspace_id: int) -> frozenset[str]:
    """The same, at most FRESH_SECONDS old."""
    names, until = _known.get(workspace_id, (frozenset[str](), 0.0))
    if time.monotonic() >= until:
        names = watched(workspace_id)
        _known[workspace_id] = names, time.monotonic() + FRESH_SECONDS
    return names

"""Reports, decisions and bans that events tell of, each taken once however often the event comes.

A sink notes the hours of such events in the transaction that stores them; a job reads these hours and takes what it has
not taken yet. docs/decisions says why it is no sink that does all of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from config.lib.buckets import hour_start
from config.lib.sql import rows_of, statement
from config.models import Workspace
from ingestion.sinks import Stored, Write
from moderation import reports, told
from moderation.models import TakenEvent, TouchedHour
from moderation.told import Told, Waits

READ = statement("moderation", "read_events")
TOUCH_HOURS = statement("moderation", "touch_hours")
HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Taken:
    """Events by what became of them."""

    taken: int = 0
    waiting: int = 0
    refused: int = 0
    reasons: list[str] = field(default_factory=list)


def note_hours(stored: Stored) -> Write | None:
    """Sink."""
    hours = {hour_start(event.occurred_at) for event in stored.events if event.name in told.TAKERS}
    parameters = {"workspace_id": stored.source.workspace_id, "hours": sorted(hours)}
    return partial(rows_of, TOUCH_HOURS, parameters) if hours else None


def anything_waits(workspace: Workspace) -> bool:
    return TouchedHour.objects.filter(workspace=workspace).exists()


def take(workspace: Workspace, say: Callable[[str], None] = lambda _: None) -> Taken:
    """Take what came. Whoever is killed has taken a part, and the next goes on; nothing is taken twice."""
    done = Taken()
    # A report that came now may let an event be taken that came before it.
    while touched := list(TouchedHour.objects.filter(workspace=workspace).order_by("hour", "pk")):
        for _, rows in groupby(touched, key=lambda row: row.hour.date()):
            hours = list(rows)
            for event in _read(workspace, hours[0].hour, hours[-1].hour + HOUR):
                _take(workspace, event, done)
            # Only those that were seen before the events were read.
            TouchedHour.objects.filter(pk__in=[row.pk for row in hours]).delete()
    for reason in sorted(set(done.reasons)):
        say(f"Refused: {reason} ({done.reasons.count(reason)})")
    return done


def _read(workspace: Workspace, start: datetime, end: datetime) -> Iterator[Told]:
    parameters: dict[str, Any] = {
        "workspace_id": workspace.pk,
        "names": list(told.TAKERS),
        "start": start,
        "end": end,
    }
    with connection.cursor() as cursor:
        cursor.execute(READ, parameters)
        rows = cursor.fetchall()
    met: set[UUID] = set()
    for *fields, properties in rows:
        # The sweep has not come yet where an event stands there under two times.
        if fields[0] in met:
            continue
        met.add(fields[0])
        values: list[Any] = [workspace, *fields, json.loads(properties) if properties else {}]
        yield Told(*values)


def _take(workspace: Workspace, event: Told, done: Taken) -> None:
    outcome, said, key = TakenEvent.Outcome.TAKEN, "", ""
    with transaction.atomic():
        reports.lock_key(workspace.pk, told.key_of(event))
        try:
            with transaction.atomic():
                told.TAKERS[event.name](event)
        except Waits as waits:
            outcome, key = TakenEvent.Outcome.WAITING, waits.key
            done.waiting += 1
        except ValueError as refused:
            outcome, said = TakenEvent.Outcome.REFUSED, str(refused)
            done.refused += 1
            done.reasons.append(said)
        else:
            done.taken += 1
        _remember(event, outcome, said, key)


def _remember(event: Told, outcome: TakenEvent.Outcome, said: str, key: str) -> None:
    facts = {"name": event.name, "occurred_at": event.occurred_at, "outcome": outcome, "said": said, "report_key": key}
    TakenEvent.objects.update_or_create(workspace_id=event.workspace.pk, event_id=event.event_id, defaults=facts)

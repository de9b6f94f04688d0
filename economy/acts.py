"""Events as the rules of points see them: who did what to whose content, read in the order in which it happened."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from config.lib.sql import statement
from config.models import Workspace
from ingestion.flags import Flag

READ = statement("economy", "acts")
READ_KEYS = READ + statement("economy", "acts_by_key")
READ_SPAN = READ + statement("economy", "acts_of_span")
INSTANT = timedelta(microseconds=1)
LONGEST_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class Act:
    """day is that of the workspace's zone. person_id is None where it is nobody's; subject is type and id of the
    content, such as post:7, of a comment itself where one was made. properties are read for mirrored events alone.
    """

    event_id: UUID
    name: str
    occurred_at: datetime
    day: date
    person_id: UUID | None
    author_id: UUID | None
    subject: str | None
    value: float | None
    opposite: bool
    properties: dict[str, Any]


# The key of an event without its workspace.
Key = tuple[UUID, datetime, UUID]


def of_keys(
    workspace: Workspace, keys: Collection[Key], names: Collection[str], detailed: Collection[str] = ()
) -> list[Act]:
    """The events of these keys that have one of the names, as far as they are stored still."""
    if not keys:
        return []
    times = [at for _, at, _ in keys]
    parameters: dict[str, Any] = {
        "actors": [actor for actor, _, _ in keys],
        "times": times,
        "events": [event for _, _, event in keys],
    }
    return _read(READ_KEYS, workspace, min(times), max(times) + INSTANT, (names, detailed), parameters)


def of_span(workspace: Workspace, start: datetime, end: datetime, names: Collection[str], most: int) -> list[Act]:
    """The first ones of [start, end), in the order in which they occurred."""
    return _read(READ_SPAN, workspace, start, end, (names, ()), {"most": most})


def _read(
    query: str,
    workspace: Workspace,
    start: datetime,
    end: datetime,
    names: tuple[Collection[str], Collection[str]],
    more: dict[str, Any],
) -> list[Act]:
    parameters: dict[str, Any] = {
        "workspace": workspace.pk,
        "time_zone": workspace.time_zone,
        "start": start,
        "end": end,
        "names": list(names[0]),
        "detailed": list(names[1]),
        "bot": int(Flag.BOT),
        "nobody": int(Flag.NO_PERSON),
        "opposite": int(Flag.OPPOSITE),
        **more,
    }
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        rows = cursor.fetchall()
    found = []
    for *facts, subject, value, opposite, said in rows:
        known: list[Any] = [*facts, _short(subject), value, opposite, json.loads(said) if said else {}]
        found.append(Act(*known))
    return found


def _short(subject: str | None) -> str | None:
    """The subject, or what stands for one that is longer than an index takes."""
    if subject is None or len(subject) <= LONGEST_SUBJECT:
        return subject
    return f"{subject[: LONGEST_SUBJECT // 2]}~{hashlib.sha256(subject.encode()).hexdigest()}"

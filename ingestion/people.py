"""One person: found by any id, with all ids and why they are the person's, traits, and what happened, page by page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from config.lib.sql import statement
from config.lib.uuids import parse
from config.models import Workspace
from ingestion import clock, merging
from ingestion.models import Actor, IdentityConflict, IdentityLink, MergeRecord

TIMELINE = statement("ingestion", "person_timeline")
PAGE_EVENTS = 50
# A person's events of so many days are looked at first; the older ones where these do not fill a page.
NEAR = timedelta(days=31)
# Ids of one person that a page shows and looks at.
MOST_IDS = 200
MOST_RECORDS = 100
MOST_FOUND = 50


@dataclass(frozen=True, slots=True)
class Identity:
    """A distinct id of a person; record says why it is theirs, and is None for the person's own."""

    actor_id: UUID
    distinct_id: str
    kind: str
    seen_at: datetime | None
    record: MergeRecord | None


@dataclass(frozen=True, slots=True)
class Happened:
    """An event as a timeline shows it."""

    event_id: UUID
    occurred_at: datetime
    name: str
    category: str
    actor_id: UUID
    source: str
    object_id: str | None
    community_id: str | None
    session_id: str | None
    value: float | None
    properties: dict[str, Any] | None
    context: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last event of a page: what is older comes next."""

    occurred_at: datetime
    event_id: UUID

    def __str__(self) -> str:
        return f"{self.occurred_at.isoformat()}_{self.event_id}"


def cursor_of(text: str) -> Cursor | None:
    """What str() of a cursor says; None where it says nothing."""
    moment, _, event = text.partition("_")
    try:
        at, event_id = clock.parse(moment), parse(event)
    except ValueError:
        return None
    return None if at is None else Cursor(at, event_id)


def find(workspace_ids: Iterable[int] | None, text: str) -> list[Actor]:
    """The actors of that distinct id, or of that uuid, in the workspaces (None: in all). Each is one person's."""
    text = text.strip()
    if not text or "\0" in text:
        return []
    asked = Q(distinct_id=text)
    with suppress(ValueError):
        asked |= Q(actor_id=parse(text))
    # Named even where it is all of them: the index begins with the workspace.
    places = Workspace.objects.values_list("pk", flat=True) if workspace_ids is None else workspace_ids
    actors = Actor.objects.filter(asked, workspace__in=list(places)).exclude(kind=Actor.Kind.SOURCE)
    return list(actors.select_related("workspace").order_by("workspace_id", "distinct_id")[:MOST_FOUND])


def identities(workspace_id: int, person_id: UUID) -> list[Identity]:
    """The ids of a person, their own first, at most MOST_IDS; [] when there is no such person."""
    rows = IdentityLink.objects.filter(workspace=workspace_id, person_id=person_id)
    links = {link.actor_id: link for link in rows.select_related("record")[: MOST_IDS - 1]}
    actors = Actor.objects.filter(workspace=workspace_id, actor_id__in=[person_id, *links])
    known = {actor.actor_id: actor for actor in actors.exclude(kind=Actor.Kind.SOURCE)}
    if person_id not in known and not links:
        return []
    found = []
    for actor_id in (person_id, *links):
        actor, link = known.get(actor_id), links.get(actor_id)
        found.append(
            Identity(
                actor_id,
                str(actor_id) if actor is None else actor.distinct_id,
                "" if actor is None else actor.get_kind_display(),
                None if actor is None else actor.created_at,
                None if link is None else link.record,
            )
        )
    return found


def person_of(workspace_id: int, actor_id: UUID) -> UUID:
    return merging.person_of(workspace_id, actor_id)


def person_named(workspace: Workspace, text: str) -> UUID | None:
    """The person who has a distinct id, or a uuid, in the workspace."""
    found = find([workspace.pk], text)
    return person_of(workspace.pk, found[0].actor_id) if found else None


def records_of(workspace_id: int, actor_ids: Sequence[UUID]) -> list[MergeRecord]:
    """All that was said of these ids, undone or not, the latest first."""
    rows = MergeRecord.objects.filter(Q(actor_id__in=actor_ids) | Q(into_id__in=actor_ids), workspace=workspace_id)
    return list(rows.select_related("made_by", "undone_by", "source").order_by("-created_at", "-id")[:MOST_RECORDS])


def open_conflicts(workspace_id: int, person_id: UUID) -> list[IdentityConflict]:
    rows = IdentityConflict.objects.filter(Q(first_id=person_id) | Q(second_id=person_id), workspace=workspace_id)
    return list(rows.filter(status=IdentityConflict.Status.OPEN)[:MOST_FOUND])


def names(workspace_id: int, actor_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The distinct ids of actors, as they were sent."""
    rows = Actor.objects.filter(workspace=workspace_id, actor_id__in=list(actor_ids))
    return dict(rows.values_list("actor_id", "distinct_id"))


def timeline(
    workspace_id: int, actor_ids: Sequence[UUID], before: Cursor | None
) -> tuple[list[Happened], Cursor | None]:
    """(the latest PAGE_EVENTS events of the ids before the cursor, the cursor of the next page or None).

    Reads the index of each day's partition: first of the NEAR days, then of all that are older.
    """
    until = before or Cursor(timezone.now() + timedelta(days=1), UUID(int=0))
    near = until.occurred_at - NEAR
    found = _events(workspace_id, actor_ids, until, near, PAGE_EVENTS + 1)
    if len(found) <= PAGE_EVENTS:
        # The smallest uuid at the beginning of the near days: what is there has been read.
        older = Cursor(near, UUID(int=0))
        found += _events(workspace_id, actor_ids, older, clock.EARLIEST, PAGE_EVENTS + 1 - len(found))
    page = found[:PAGE_EVENTS]
    return page, Cursor(page[-1].occurred_at, page[-1].event_id) if len(found) > PAGE_EVENTS else None


def _events(workspace_id: int, actor_ids: Sequence[UUID], before: Cursor, since: datetime, most: int) -> list[Happened]:
    parameters: dict[str, Any] = {
        "workspace": workspace_id,
        "actors": list(actor_ids),
        "since": since,
        "before": before.occurred_at,
        "before_event": before.event_id,
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(TIMELINE, parameters)
        rows: list[Any] = [(*row[:-2], _decoded(row[-2]), _decoded(row[-1])) for row in cursor.fetchall()]
    return [Happened(*row) for row in rows]


def _decoded(text: str | None) -> dict[str, Any] | None:
    """A cursor of Django gives jsonb as text."""
    return None if text is None else json.loads(text)

"""What a replay would do now. Nothing is written, not even an event type that it would discover."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from config.lib.sql import statement
from config.models import Workspace
from ingestion import registry
from ingestion.models import Source
from ingestion.quarantine import Selection
from ingestion.rereading import CHUNK, Part, prepare, requests, waiting

FIND_STORED = statement("ingestion", "find_stored")
MOST_PREVIEWED = 2_000


@dataclass(slots=True)
class Forecast:
    """What a replay would do now to the first `looked_at` of `waiting` events. failing is by reason."""

    waiting: int
    looked_at: int = 0
    stored: int = 0
    duplicates: int = 0
    refused: int = 0
    failing: dict[str, int] = field(default_factory=dict)

    @property
    def passing(self) -> int:
        return self.stored + self.duplicates

    @property
    def changes_something(self) -> bool:
        """Whether a replay would, as far as it was looked at."""
        return bool(self.passing or self.refused or self.looked_at < self.waiting)

    def facts(self) -> dict[str, Any]:
        return {name.name: getattr(self, name.name) for name in fields(self)}


def preview(workspace: Workspace, selection: Selection, most: int = MOST_PREVIEWED) -> Forecast:
    """What a replay would do now; nothing is written. Looks at the `most` that came first."""
    registry.forget(workspace.pk)
    found = Forecast(selection.waiting(workspace).count())
    ids = list(selection.waiting(workspace).order_by("pk").values_list("pk", flat=True)[:most])
    for start in range(0, len(ids), CHUNK):
        for rows in requests(waiting(workspace, ids[start : start + CHUNK])):
            _foresee(prepare(rows, discovers=False), found)
    return found


def _foresee(part: Part, found: Forecast) -> None:
    accepts = part.rows[0].source.unknown_types == Source.UnknownTypes.ACCEPT and part.source.enabled
    there = _stored_keys(part)
    found.looked_at += len(part.rows)
    found.refused += len(part.batch.refused)
    for rejected in part.batch.rejected:
        if rejected.reason == "unknown_type" and accepts:
            # The replay will discover it, which a preview must not.
            found.stored += 1
        else:
            found.failing[rejected.reason] = found.failing.get(rejected.reason, 0) + 1
    for draft in part.batch.drafts:
        assert draft.row is not None
        key = (draft.row.actor_id, draft.row.occurred_at, draft.row.event_id)
        found.duplicates += key in there
        found.stored += key not in there


def _stored_keys(part: Part) -> set[tuple[UUID, datetime, UUID]]:
    rows = [draft.row for draft in part.batch.drafts if draft.row is not None]
    if not rows:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            FIND_STORED,
            {
                "workspace": part.source.workspace_id,
                "actors": [row.actor_id for row in rows],
                "moments": [row.occurred_at for row in rows],
                "events": [row.event_id for row in rows],
            },
        )
        return set(cursor.fetchall())

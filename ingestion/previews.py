"""What a replay would do now. Nothing is written, not even an event type that it would discover."""

from __future__ import annotations

from collections.abc import Sequence
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
from ingestion.remapping import Step
from ingestion.rereading import CHUNK, Part, prepare, requests, waiting

FIND_STORED = statement("ingestion", "find_stored")
MOST_PREVIEWED = 2_000
# actor_id, occurred_at, event_id
Key = tuple[UUID, datetime, UUID]


@dataclass(slots=True)
class Forecast:
    """What a replay would do now to the first `looked_at` of `waiting` events. failing is by reason, paths says where
    in the event the errors are.
    """

    waiting: int
    looked_at: int = 0
    stored: int = 0
    duplicates: int = 0
    refused: int = 0
    failing: dict[str, int] = field(default_factory=dict)
    paths: dict[str, int] = field(default_factory=dict)

    @property
    def passing(self) -> int:
        return self.stored + self.duplicates

    @property
    def changes_something(self) -> bool:
        """Whether a replay would, as far as it was looked at."""
        return bool(self.passing or self.refused or self.looked_at < self.waiting)

    def facts(self) -> dict[str, Any]:
        return {name.name: getattr(self, name.name) for name in fields(self)}


def preview(
    workspace: Workspace, selection: Selection, changes: Sequence[Step] = (), most: int = MOST_PREVIEWED
) -> Forecast:
    """What a replay with these changes would do now; nothing is written. Looks at the `most` that came first."""
    registry.forget(workspace.pk)
    found = Forecast(selection.waiting(workspace).count())
    ids = list(selection.waiting(workspace).order_by("pk").values_list("pk", flat=True)[:most])
    seen: set[Key] = set()
    for start in range(0, len(ids), CHUNK):
        rows = waiting(workspace, ids[start : start + CHUNK])
        parts = [prepare(several, changes, discovers=False) for several in requests(rows)]
        seen |= _stored(workspace, parts)
        for part in parts:
            _foresee(part, found, seen)
    return found


def _foresee(part: Part, found: Forecast, seen: set[Key]) -> None:
    """Add one request. seen are the keys that are stored or would be by then."""
    accepts = part.rows[0].source.unknown_types == Source.UnknownTypes.ACCEPT and part.source.enabled
    found.looked_at += len(part.rows)
    found.refused += len(part.batch.refused)
    for rejected in part.batch.rejected:
        if rejected.reason == "unknown_type" and accepts:
            # The replay will discover it, which a preview must not.
            found.stored += 1
        else:
            found.failing[rejected.reason] = found.failing.get(rejected.reason, 0) + 1
            for path in {error["path"] for error in rejected.errors}:
                found.paths[path] = found.paths.get(path, 0) + 1
    for key in _keys(part):
        found.duplicates += key in seen
        found.stored += key not in seen
        seen.add(key)


def _keys(part: Part) -> list[Key]:
    rows = (draft.row for draft in part.batch.drafts)
    return [(row.actor_id, row.occurred_at, row.event_id) for row in rows if row is not None]


def _stored(workspace: Workspace, parts: list[Part]) -> set[Key]:
    keys = [key for part in parts for key in _keys(part)]
    with connection.cursor() as cursor:
        cursor.execute(
            FIND_STORED,
            {
                "workspace": workspace.pk,
                "actors": [actor for actor, _, _ in keys],
                "moments": [moment for _, moment, _ in keys],
                "events": [event for _, _, event in keys],
            },
        )
        return set(cursor.fetchall())

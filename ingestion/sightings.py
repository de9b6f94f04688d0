"""What was seen of an event type: the properties of stored events and of those that wait in the quarantine."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Exists, OuterRef

from ingestion.drafts import Rejection
from ingestion.envelopes import to_draft
from ingestion.event_types import compile_schema
from ingestion.inference import is_name
from ingestion.models import Event, EventType, QuarantinedEvent
from ingestion.payload import read_item
from ingestion.schemas import Json, pointer

# Newest, and oldest where there are more: a sender changes what it sends with its versions.
MOST_STORED = 500
MOST_QUARANTINED = 200
MOST_NAMES = 50
Reason = QuarantinedEvent.Reason


@dataclass(frozen=True, slots=True)
class Sightings:
    """Properties, in no order that matters."""

    stored: list[Json] = field(default_factory=list)
    quarantined: list[Json] = field(default_factory=list)

    @property
    def all(self) -> list[Json]:
        return self.stored + self.quarantined


@dataclass(slots=True)
class Trial:
    """How many samples a schema would let pass, and what the others fail by: keyword and path, no values."""

    passing: int = 0
    failing: int = 0
    causes: Counter[str] = field(default_factory=Counter)


def of_type(kind: EventType) -> Sightings:
    """Samples of an event type of its workspace."""
    return Sightings(_stored(kind), _quarantined(kind))


def _stored(kind: EventType) -> list[Json]:
    rows = Event.objects.filter(workspace_id=kind.workspace_id, event_type=kind)
    columns = ("actor_id", "occurred_at", "event_id", "properties")
    newest = list(rows.order_by("-occurred_at").values_list(*columns)[:MOST_STORED])
    oldest = rows.order_by("occurred_at").values_list(*columns)[:MOST_STORED] if len(newest) == MOST_STORED else []
    found: dict[tuple[Any, ...], Json] = {tuple(key): properties or {} for *key, properties in [*newest, *oldest]}
    return list(found.values())


def _quarantined(kind: EventType) -> list[Json]:
    rows = QuarantinedEvent.objects.filter(
        workspace_id=kind.workspace_id,
        status=QuarantinedEvent.Status.WAITING,
        reason__in=[Reason.UNKNOWN_TYPE, Reason.SCHEMA],
        event_name=kind.name,
    )
    found = []
    for payload, edited in rows.order_by("-id").values_list("payload", "edited_payload")[:MOST_QUARANTINED]:
        properties = properties_of((edited or payload).encode("utf-8", "replace"))
        if properties is not None:
            found.append(properties)
    return found


def refused_names(workspaces: list[int] | None) -> list[tuple[int, str, int]]:
    """(workspace id, name, events that wait) of what was refused as unknown, most first; None for all workspaces.

    Names that were declared since are left out: their events wait for a replay.
    """
    rows = QuarantinedEvent.objects.filter(
        status=QuarantinedEvent.Status.WAITING, reason=Reason.UNKNOWN_TYPE, event_name__gt=""
    )
    if workspaces is not None:
        rows = rows.filter(workspace_id__in=workspaces)
    known = EventType.objects.filter(workspace_id=OuterRef("workspace_id"), name=OuterRef("event_name"))
    counted = rows.filter(~Exists(known)).values_list("workspace_id", "event_name").annotate(count=Count("id"))
    return list(counted.order_by("-count", "event_name", "workspace_id")[:MOST_NAMES])


def properties_of(payload: bytes) -> Json | None:
    """The properties of an event as it was received, in any envelope; None where it cannot be read as one."""
    item = read_item(payload)
    if item.value is None:
        return None
    try:
        return to_draft(item.value, payload, trusted=True).properties
    except Rejection:
        return None


def trial(schema: Json, samples: list[Json]) -> Trial:
    """What a schema would say to samples. Raises ValueError when it does not compile."""
    validator = compile_schema(schema)
    done = Trial()
    for sample in samples:
        if validator.is_valid(sample):
            done.passing += 1
            continue
        done.failing += 1
        error = next(iter(validator.iter_errors(sample)))
        steps = (step if isinstance(step, str) and is_name(step) else "*" for step in error.instance_path)
        place = pointer(*steps)
        done.causes[f"{place or 'the properties'}: {error.schema_path[-1]}"] += 1
    return done

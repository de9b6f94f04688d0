"""What was seen of an event type: the properties of stored events and of those that wait in the quarantine."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, time

from django.db import connection
from django.db.models import Count, Exists, OuterRef
from django.utils import timezone

from config.lib.sql import statement
from ingestion.clock import FUTURE_TOLERATED
from ingestion.drafts import Rejection
from ingestion.enrichment import HOT_WINDOW
from ingestion.envelopes import to_draft
from ingestion.event_types import compile_schema
from ingestion.inference import is_name
from ingestion.models import Event, EventType, QuarantinedEvent
from ingestion.payload import read_item
from ingestion.schemas import Json, pointer

# Of the newest, and of whatever there is, which is the oldest; of each day between: senders change with their versions.
MOST_STORED = 400
PER_DAY = 5
HOT_DAYS = HOT_WINDOW.days
MOST_QUARANTINED = 200
MOST_NAMES = 50
SAMPLE_EVENTS = statement("ingestion", "sample_events")
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


def of_type(kind: EventType, now: datetime | None = None) -> Sightings:
    """Samples of an event type of its workspace."""
    return Sightings(_stored(kind, now or timezone.now()), _quarantined(kind))


def _stored(kind: EventType, now: datetime) -> list[Json]:
    """Of the newest days, some of every day of the hot window, and some of whatever else there is, each event once."""
    asked: dict[str, int | datetime] = {"workspace": kind.workspace_id, "event_type": kind.pk, "days": HOT_DAYS}
    # Events may be a little in the future.
    asked |= {"last_day": datetime.combine(now + FUTURE_TOLERATED, time(), UTC)}
    with connection.cursor() as cursor:
        cursor.execute(SAMPLE_EVENTS, asked | {"per_day": MOST_STORED, "most": MOST_STORED})
        found = cursor.fetchall()
        if len(found) == MOST_STORED:
            cursor.execute(SAMPLE_EVENTS, asked | {"per_day": PER_DAY, "most": HOT_DAYS * PER_DAY})
            found += cursor.fetchall()
    rows = Event.objects.filter(workspace_id=kind.workspace_id, event_type=kind).order_by()
    found += rows.values_list("actor_id", "occurred_at", "event_id", "properties")[:MOST_STORED]
    return list({tuple(key): _decoded(properties) for *key, properties in found}.values())


def _decoded(properties: Json | str | None) -> Json:
    """The ORM gives an object, the cursor of Django's text."""
    value: Json = json.loads(properties) if isinstance(properties, str) else properties or {}
    return value


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

"""What travels through the pipeline: an event being made ready, and one that was turned away."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from ingestion.event_types import TypeInfo
from privacy.answers import Answer

Json = dict[str, Any]


class Rejection(Exception):  # noqa: N818 it is an outcome of an event, not a failure of the program
    """One event cannot be stored. reason is a QuarantinedEvent.Reason, path an RFC 6901 pointer into the payload."""

    def __init__(self, reason: str, message: str, path: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.errors = [{"path": path, "message": message}]


class Draft(msgspec.Struct, kw_only=True, gc=False):
    """An event on its way. The envelope fills the first block, each stage its own."""

    # the envelope
    position: int = 0
    payload: bytes
    kind: str = "track"
    name: str = ""
    category: str | None = None
    message_id: str | None = None
    user_id: str | None = None
    anonymous_id: str | None = None
    previous_id: str | None = None
    group_id: str | None = None
    session_id: str | None = None
    client_at: datetime | None = None
    sent_at: datetime | None = None
    properties: Json
    # Shared with events of the same context, as are its parts: nobody changes it.
    context: Json
    parts: dict[Any, Any] = msgspec.field(default_factory=dict)
    # What a client repeats of its person with events that do not state it.
    traits: Json | None = None
    user_agent: str | None = None
    schema_version: int | None = None
    repaired: bool = False
    # {purpose: granted} where the event itself says so
    consent: dict[str, bool] | None = None
    # validate
    type: TypeInfo | None = None
    # identify
    event_id: UUID | None = None
    actor_id: UUID | None = None
    # Without a usable id, so that its actor is the source.
    of_nobody: bool = False
    # gate: the person has said that they agree to analytics
    agrees: bool = False
    # gate: what the event says for those to come
    answers: list[Answer] | None = None
    # enrich
    row: EventRow | None = None


class EventRow(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """A row of ingestion_event; encoded to JSON it is the input of sql/store_events.sql.

    Its fields stand as jsonb keeps keys, by length and then by name, which spares PostgreSQL sorting them in each row.
    """

    flags: int = 0
    value: float | None = None
    region: str | None = None
    # Microseconds that received_at is later than that of the batch: the order of events of one instant.
    arrival: int = 0
    context: Json | None = None
    country: str | None = None
    page_id: int | None = None
    actor_id: UUID
    event_id: UUID
    client_at: datetime | None = None
    object_id: str | None = None
    context_id: int | None = None
    properties: Json | None = None
    session_id: str | None = None
    occurred_at: datetime
    community_id: str | None = None
    skew_seconds: int | None = None
    event_type_id: int
    object_author: UUID | None = None
    schema_version: int | None = None


@dataclass(slots=True)
class Rejected:
    """An event turned away: it goes to the quarantine as it came."""

    position: int
    payload: bytes
    reason: str
    errors: list[dict[str, str]]
    name: str = ""
    event_id: UUID | None = None


@dataclass(slots=True)
class Refused:
    """An event whose person does not agree to the purpose: counted, and kept nowhere."""

    position: int
    purpose: str
    event_id: UUID | None


class Actor(msgspec.Struct, gc=False):
    actor_id: UUID
    kind: str
    distinct_id: str


class Link(msgspec.Struct, gc=False):
    """An event's claim that actor is the same human as the person behind person_actor.

    evidence is a MergeRecord.Evidence. Encoded to JSON it is the input of sql/store_claims.sql.
    """

    actor_id: UUID
    person_actor_id: UUID
    evidence: str
    occurred_at: datetime
    event_id: UUID

    def key(self) -> tuple[int, int, str]:
        return self.actor_id.int, self.person_actor_id.int, self.evidence

    def said(self) -> tuple[datetime, int]:
        return self.occurred_at, self.event_id.int


@dataclass(slots=True)
class Batch:
    """Events of one request or one chunk of a file. Stages shrink drafts and grow the rest."""

    drafts: list[Draft]
    rejected: list[Rejected] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    actors: dict[UUID, Actor] = field(default_factory=dict)
    # Numbers of the actors that were sent as user ids.
    users: set[int] = field(default_factory=set)
    # By Link.key, each as it was said first.
    links: dict[tuple[int, int, str], Link] = field(default_factory=dict)
    contexts: dict[int, bytes] = field(default_factory=dict)
    # Whether the gate may leave the look for refusals to the store, so that the batch may have to come again.
    trusting: bool = False
    # gate: the purposes whose refusals the store is still to look for
    unasked: frozenset[str] = frozenset()
    # enrich: pages that the process met for the first time
    pages: set[int] = field(default_factory=set)
    # Of the request, for what is put aside and replayed.
    sent_at: object = None
    user_agent: str | None = None

    def reject(self, draft: Draft, reason: str, errors: list[dict[str, str]]) -> None:
        self.rejected.append(Rejected(draft.position, draft.payload, reason, errors, draft.name[:200], draft.event_id))

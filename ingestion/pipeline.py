"""The road of one event. Read this page first.

A door hands over items (payload.py), each becomes a Draft (envelopes.py), and the stages below turn a batch of drafts
into rows; what cannot go on leaves into batch.rejected with its reason and harms no companion. store.py then writes
the batch in one transaction. The number of queries of a batch is the same for one event and for 2,500, and least where
it brings nothing but new events and nobody of it has refused: one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import OperationalError, connection

from config.lib import uuids
from ingestion import registry, sinks, store
from ingestion.consent import CHANGES, SomebodyRefused, expect, gate
from ingestion.contexts import unmeet
from ingestion.drafts import Batch, Draft, Rejected, Rejection
from ingestion.enrichment import enrich
from ingestion.envelopes import to_draft
from ingestion.event_types import TypeInfo
from ingestion.identity import identify, link
from ingestion.keys import SourceContext
from ingestion.payload import Item, read_item
from ingestion.places import cut_in_text, locate

_encode_sorted = msgspec.json.Encoder(order="deterministic").encode


class Result(msgspec.Struct):
    """What became of one item: accepted, duplicate or rejected."""

    event_id: UUID | None
    status: str
    errors: list[dict[str, str]] = []


def ingest(
    items: Sequence[Item],
    source: SourceContext,
    received_at: datetime,
    *,
    sent_at: object = None,
    user_agent: str | None = None,
) -> list[Result]:
    """Take items through every stage and store them; results in the order of the items.

    When it returns, everything accepted is committed. Raises django.db.Error when it could not be: nothing of the
    batch is stored then.
    """
    # A connection that has died since the last batch is found out by using it, which spares every batch a round trip.
    connection.health_check_done = True  # type: ignore[attr-defined]  # missing in the stubs
    try:
        return _ingest(items, source, received_at, sent_at, user_agent)
    except OperationalError:
        if connection.in_atomic_block:
            raise
        connection.close()
        return _ingest(items, source, received_at, sent_at, user_agent)


def _ingest(
    items: Sequence[Item], source: SourceContext, received_at: datetime, sent_at: object, user_agent: str | None
) -> list[Result]:
    batch = read(items, source, sent_at)
    # Within somebody else's transaction nothing is tried.
    batch.trusting = not connection.in_atomic_block
    advance(batch, source, received_at, user_agent)
    try:
        stored = store.store(batch, source, received_at)
    except SomebodyRefused:
        expect(source)
        unmeet(batch)
        batch = read(items, source, sent_at)
        advance(batch, source, received_at, user_agent)
        stored = store.store(batch, source, received_at)
    sinks.after_commit(stored.told)
    return results(len(items), batch, stored.accepted)


def advance(batch: Batch, source: SourceContext, received_at: datetime, user_agent: str | None) -> None:
    """The stages between reading and storing, of a batch that comes by a door or is replayed from the quarantine."""
    batch.user_agent = user_agent
    recognise(batch, source)
    identify(batch, source)
    gate(batch, source, received_at)
    validate(batch, source)
    enrich(batch, source, received_at, user_agent)
    locate(batch, source)
    link(batch, source)


def read(items: Sequence[Item], source: SourceContext, sent_at: object) -> Batch:
    """Envelopes to drafts, each with its event id."""
    batch = Batch([], sent_at=sent_at)
    for position, item in enumerate(items):
        try:
            draft = _draft(item, source, sent_at)
        except Rejection as rejection:
            batch.rejected.append(Rejected(position, item.payload, rejection.reason, rejection.errors, name_of(item)))
        else:
            draft.position = position
            draft.event_id = _event_id(draft, item, source)
            batch.drafts.append(draft)
    return batch


def _draft(item: Item, source: SourceContext, sent_at: object) -> Draft:
    if item.envelope is not None:
        try:
            return to_draft(item.envelope, item.payload, sent_at=sent_at, trusted=source.trusted)
        except (msgspec.DecodeError, UnicodeDecodeError):
            # Its context is the one part that nobody has looked into.
            item = read_item(item.payload)
    if item.rejection is not None:
        raise item.rejection
    assert item.value is not None
    draft = to_draft(item.value, item.payload, sent_at=sent_at, trusted=source.trusted)
    draft.repaired = item.repaired
    return draft


def recognise(batch: Batch, source: SourceContext) -> None:
    """Stage: every draft gets its type; unknown ones are discovered where the source accepts them."""
    types = _types(batch, source)
    for draft in batch.drafts:
        draft.type = types.get(draft.name)


def validate(batch: Batch, source: SourceContext) -> None:
    """Stage: unknown types leave, and so do wrong properties."""
    kept = []
    for draft in batch.drafts:
        if not source.enabled:
            batch.reject(draft, "source_disabled", [{"path": "", "message": "The source is disabled"}])
        elif draft.type is None:
            batch.reject(draft, "unknown_type", [{"path": "", "message": f"{draft.name!r} is not in the registry"}])
        elif errors := draft.type.errors(draft.properties):
            batch.reject(draft, "schema", errors)
        else:
            kept.append(draft)
    batch.drafts = kept


def _types(batch: Batch, source: SourceContext) -> dict[str, TypeInfo]:
    known = registry.of_workspace(source.workspace_id)
    if source.enabled:
        # A change of consent is taken whatever the registry knows.
        unknown = {
            draft.name: (draft.name, draft.kind, draft.category or "user_action")
            for draft in batch.drafts
            if draft.name not in known.types and (source.accepts_unknown_types or draft.name in CHANGES)
        }
        room = registry.MOST_DISCOVERED - known.discovered
        if unknown and room > 0:
            known = registry.discover(source.workspace_id, list(unknown.values())[:room])
    return known.types


def _event_id(draft: Draft, item: Item, source: SourceContext) -> UUID:
    """The client's message id when that is a uuid, else one computed from it, else from the content.

    Content without a time does not tell whether it came again or happened again: version 8 keeps the sweep off it.
    """
    if draft.message_id:
        try:
            return uuids.parse(draft.message_id)
        except ValueError:
            return uuids.uuid5(source.workspace_uuid, draft.message_id)
    of_content = uuids.uuid8 if draft.client_at is None else uuids.uuid5
    # In the spool the addresses are cut already, and it is still the same event.
    return of_content(source.workspace_uuid, cut_in_text(_encode_sorted(item.value)).decode())


def name_of(item: Item) -> str:
    """The event's name as far as it can be told, for the quarantine list."""
    value = item.value or {}
    for key in ("event_name", "eventName", "eventType", "event", "type"):
        if isinstance(value.get(key), str):
            return str(value[key])[:200]
    return ""


def results(count: int, batch: Batch, accepted: set[int]) -> list[Result]:
    """In the order of the items; drafts whose position is not among the accepted were there before."""
    found: list[Result] = [Result(None, "rejected")] * count
    for rejected in batch.rejected:
        found[rejected.position] = Result(rejected.event_id, "rejected", rejected.errors)
    for refused in batch.refused:
        message = f"The person has not agreed to {refused.purpose}, so nothing was kept of the event"
        found[refused.position] = Result(refused.event_id, "rejected", [{"path": "", "message": message}])
    for draft in batch.drafts:
        status = "accepted" if draft.position in accepted else "duplicate"
        found[draft.position] = Result(draft.event_id, status)
    return found

"""One transaction per batch: ids, links, events, traits, quarantine, and whoever must know before the commit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from django.db import Error as DatabaseError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from psycopg.errors import UniqueViolation

from config.lib.sql import kept_plans, statement
from ingestion import actors, links, partitions, quarantine, sinks, traits
from ingestion.drafts import Batch, Draft, EventRow
from ingestion.keys import SourceContext
from ingestion.seen import Seen
from privacy import consents

STORE_EVENTS = statement("ingestion", "store_events")
STORE_NEW = STORE_EVENTS + statement("ingestion", "store_events_new")
STORE_AGAIN = STORE_EVENTS + statement("ingestion", "store_events_again")
# How many batches of a source that sent an event again are expected to hold such events too.
EXPECTED_BATCHES = 8
STORE_CONTEXTS = statement("ingestion", "store_contexts")
_encode = msgspec.json.Encoder().encode


_contexts = Seen(50_000)
# Of a source that is expected to send events again, for how many batches it is.
_resending: dict[int, int] = {}


@dataclass(slots=True)
class Outcome:
    """accepted: positions of the drafts that were not there before."""

    accepted: set[int]
    told: sinks.Stored
    # Of the actors that were sent as user ids, those that are linked to somebody or were no user ids before.
    linked_users: set[UUID]


def store(batch: Batch, source: SourceContext, received_at: datetime) -> Outcome:
    """Commit the batch: all of it or, when it raises django.db.Error, nothing."""
    # Within somebody else's transaction nothing may fail.
    expected = _resending.get(source.source_id, 0)
    hopeful = not (connection.in_atomic_block or expected)
    if expected:
        _expect(source, expected - 1)
    try:
        try:
            outcome = _store(batch, source, received_at, hopeful=hopeful)
        except IntegrityError as error:
            if not (hopeful and _is_there_already(error)):
                raise
            outcome = _store(batch, source, received_at, hopeful=False)
    except DatabaseError:
        # What this process remembers of the tables may be what is wrong, as after a restore: the next try looks again.
        forget()
        partitions.forget()
        raise
    if outcome.linked_users:
        links.recheck(source.workspace_id, outcome.linked_users)
    return outcome


def _expect(source: SourceContext, batches: int) -> None:
    if batches:
        _resending[source.source_id] = batches
    else:
        _resending.pop(source.source_id, None)


def _is_there_already(error: IntegrityError) -> bool:
    """Whether the key of an event is taken."""
    cause = error.__cause__
    return isinstance(cause, UniqueViolation) and (cause.diag.table_name or "").startswith(partitions.PREFIX)


def _store(batch: Batch, source: SourceContext, received_at: datetime, *, hopeful: bool) -> Outcome:
    partitions.ensure({draft.row.occurred_at.date() for draft in batch.drafts if draft.row is not None})
    with kept_plans(), transaction.atomic():
        rejected, refused = len(batch.rejected), len(batch.refused)
        came = len(batch.drafts) + rejected
        told = sinks.Stored(source, timezone.now(), came, [], {}, received_at, rejected, refused)
        _store_contexts(batch, source)
        if batch.links:
            told.links.update(links.store(batch, source))
        accepted, linked = (
            _store_events(batch, source, received_at, told.events, hopeful=hopeful) if batch.drafts else (set(), set())
        )
        traits.store(batch, source)
        if batch.rejected:
            quarantine.keep(batch, source, received_at)
        if answers := [answer for draft in batch.drafts for answer in draft.answers or ()]:
            consents.record(source.workspace_id, answers)
        for sink in sinks.IN_TRANSACTION:
            sink(told)
        if batch.refused:
            purposes = Counter(refused.purpose for refused in batch.refused)
            consents.count_refused(source.workspace_id, received_at.date(), purposes)
    return Outcome(accepted, told, linked)


def forget() -> None:
    """Make this process write ids again, as after the tables were emptied."""
    actors.forget()
    _contexts.ids.clear()
    _resending.clear()
    links.forget()


def _store_contexts(batch: Batch, source: SourceContext) -> None:
    new = sorted(item for item in batch.contexts.items() if item[0] not in _contexts.ids)
    if new:
        columns = ([key for key, _ in new], [content.decode() for _, content in new])
        with connection.cursor() as cursor:
            cursor.execute(STORE_CONTEXTS, [source.workspace_id, *columns])
        transaction.on_commit(partial(_contexts.add, {key for key, _ in new}))


def _number_arrivals(rows: Iterable[EventRow]) -> None:
    """Events of one instant that come together are received a microsecond apart, in the order in which they stand."""
    met: dict[datetime, int] = {}
    for row in rows:
        row.arrival = met.get(row.occurred_at, -1) + 1
        met[row.occurred_at] = row.arrival


def _by_key(batch: Batch) -> dict[tuple[int, datetime, int], Draft]:
    """The drafts by the keys of their events, in their order; of an event that stands twice in the batch, the first."""
    found: dict[tuple[int, datetime, int], Draft] = {}
    for draft in batch.drafts:
        row = draft.row
        assert row is not None
        # A uuid is hashed by Python code, its number is not.
        found.setdefault((row.actor_id.int, row.occurred_at, row.event_id.int), draft)
    return found


def _store_events(
    batch: Batch, source: SourceContext, received_at: datetime, told: list[sinks.StoredEvent], *, hopeful: bool
) -> tuple[set[int], set[UUID]]:
    """Positions of the drafts that are new, each event once, and linked_users; `told` grows by the new ones."""
    drafts = _by_key(batch)
    _number_arrivals(draft.row for draft in drafts.values() if draft.row is not None)
    # By key, so that writers of the same events meet in one order and never wait in a circle.
    rows = [drafts[key].row for key in sorted(drafts)]
    parameters: dict[str, Any] = {
        "rows": _encode(rows).decode(),
        "actors": _encode(actors.new(batch)).decode(),
        "workspace": source.workspace_id,
        "source": source.source_id,
        "received_at": received_at,
    }
    keys: list[tuple[Any, ...]] = []
    some_were_there = False
    with connection.cursor() as cursor:
        if hopeful:
            cursor.execute(STORE_NEW, parameters)
            people: dict[UUID, UUID] = dict(cursor.fetchall())
        else:
            cursor.execute(STORE_AGAIN, parameters | {"expected": len(rows)})
            keys = cursor.fetchall()
            people = {actor: person for actor, _, _, person in keys if person is not None}
            if some_were_there := any(actor is None for actor, _, _, _ in keys):
                _expect(source, EXPECTED_BATCHES)
    new = {(actor.int, at, event.int) for actor, event, at, _ in keys if event is not None}
    accepted = set()
    for key, draft in drafts.items():
        if some_were_there and key not in new:
            continue
        row, kind = draft.row, draft.type
        assert row is not None
        assert kind is not None
        accepted.add(draft.position)
        person = people.get(row.actor_id, row.actor_id) if people else row.actor_id
        told.append(
            sinks.StoredEvent(
                person,
                row.occurred_at,
                kind.name,
                kind.category,
                kind.counts_as,
                row.flags,
                row.actor_id,
                row.event_id,
                row.object_id,
                row.community_id,
            )
        )
    return accepted, {actor for actor in people if actor.int in batch.users}

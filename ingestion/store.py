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
from msgspec.structs import replace
from psycopg.errors import UniqueViolation

from config.lib.sql import kept_plans, rows_of, statement, without_comments
from ingestion import actors, links, partitions, quarantine, sinks, traits
from ingestion.consent import SomebodyRefused, ask, people_of
from ingestion.drafts import Batch, Draft, EventRow
from ingestion.keys import SourceContext
from ingestion.seen import Seen
from privacy import consents

STORE_EVENTS = statement("ingestion", "store_events")
STORE_NEW = without_comments(STORE_EVENTS + statement("ingestion", "store_events_new"))
STORE_AGAIN = without_comments(STORE_EVENTS + statement("ingestion", "store_events_again"))
# How many batches of a source that sent an event again are expected to hold such events too.
EXPECTED_BATCHES = 8
_encode = msgspec.json.Encoder().encode


# Numbers of the actor and of the event, and the time between them.
Key = tuple[int, datetime, int]
_contexts = Seen(50_000)
# Of a source that is expected to send events again, for how many batches it is.
_resending: dict[int, int] = {}


@dataclass(slots=True)
class Outcome:
    """accepted: positions of the drafts that were not there before."""

    accepted: set[int]
    # Of the actors that were sent as user ids, those that are linked to somebody or were no user ids before.
    linked_users: set[UUID]
    told: sinks.Stored


def store(batch: Batch, source: SourceContext, received_at: datetime) -> Outcome:
    """Commit the batch: all of it or, when it raises django.db.Error, nothing.

    Raises consent.SomebodyRefused, of what the gate has left to ask, and stores nothing then either.
    """
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
    rejected, refused = len(batch.rejected), len(batch.refused)
    came = len(batch.drafts) + rejected
    told = sinks.Stored(source, timezone.now(), came, [], {}, received_at, rejected, refused)
    drafts = _by_key(batch)
    rest = _rest(batch, source, received_at)
    if hopeful:
        # All of them are new, or nothing is stored.
        told.events.extend(map(_event, drafts.values()))
        rest += sinks.writes(told)
    days = {draft.row.occurred_at.date() for draft in batch.drafts if draft.row is not None}
    if batch.unasked and not (hopeful and drafts and not batch.links and partitions.are_known(days)):
        # Before anything is written of anybody.
        ask(batch, source.workspace_id)
    partitions.ensure(days)
    if hopeful and not (batch.links or rest or batch.refused):
        # A statement that is the only one is a transaction, and spared the round trips of BEGIN and COMMIT.
        return Outcome(*_store_events(batch, drafts, told, hopeful=True), told)
    with kept_plans(), transaction.atomic():
        if batch.links:
            told.links.update(links.store(batch, source))
        accepted, linked = _store_events(batch, drafts, told, hopeful=hopeful)
        if not hopeful:
            rest += sinks.writes(told)
        for write in rest:
            write()
        if batch.refused:
            purposes = Counter(refused.purpose for refused in batch.refused)
            consents.count_refused(source.workspace_id, received_at.date(), purposes)
    return Outcome(accepted, linked, told)


def _rest(batch: Batch, source: SourceContext, received_at: datetime) -> list[sinks.Write]:
    """What is to be written after the events."""
    rest: list[sinks.Write] = []
    if said := traits.said(batch, source):
        rest.append(partial(traits.store, said, source))
    if batch.rejected:
        rest.append(partial(quarantine.keep, batch, source, received_at))
    if answers := [answer for draft in batch.drafts if draft.answers for answer in draft.answers]:
        rest.append(partial(consents.record, source.workspace_id, answers))
    return rest


def forget() -> None:
    """Make this process write ids again, as after the tables were emptied."""
    actors.forget()
    _contexts.ids.clear()
    _resending.clear()
    links.forget()


def _number_arrivals(rows: Iterable[EventRow]) -> None:
    """Events of one instant that come together are received a microsecond apart, in the order in which they stand."""
    met: dict[datetime, int] = {}
    for row in rows:
        row.arrival = met.get(row.occurred_at, -1) + 1
        met[row.occurred_at] = row.arrival


def _by_key(batch: Batch) -> dict[Key, Draft]:
    """The drafts by the keys of their events, in their order; of an event that stands twice in the batch, the first."""
    found: dict[Key, Draft] = {}
    for draft in batch.drafts:
        row = draft.row
        assert row is not None
        # A uuid is hashed by Python code, its number is not.
        found.setdefault((row.actor_id.int, row.occurred_at, row.event_id.int), draft)
    return found


def _store_events(
    batch: Batch, drafts: dict[Key, Draft], told: sinks.Stored, *, hopeful: bool
) -> tuple[set[int], set[UUID]]:
    """Positions of the drafts that are new, each event once, and linked_users; told.events become the new ones.

    Raises SomebodyRefused.
    """
    if not drafts:
        return set(), set()
    _number_arrivals(draft.row for draft in drafts.values() if draft.row is not None)
    # By key, so that writers of the same events meet in one order and never wait in a circle.
    rows = [drafts[key].row for key in sorted(drafts)]
    new_actors = actors.new(batch)
    new_contexts = {key: content for key, content in batch.contexts.items() if key not in _contexts.ids}
    contexts = [{"id": key, "content": msgspec.Raw(new_contexts[key])} for key in sorted(new_contexts)]
    parameters: dict[str, Any] = {
        "rows": _encode(rows).decode(),
        "actors": _encode(new_actors).decode(),
        "contexts": _encode(contexts).decode(),
        "workspace": told.source.workspace_id,
        "source": told.source.source_id,
        "received_at": told.received_at,
        "people": people_of(batch) or "{}",
        # In PostgreSQL's own notation, as the people are.
        "purposes": f"{{{','.join(batch.unasked)}}}",
    }
    if hopeful:
        people = dict(rows_of(STORE_NEW, parameters))
        if None in people:
            raise SomebodyRefused
    else:
        keys = rows_of(STORE_AGAIN, parameters | {"expected": len(rows)})
        people = {actor: person for actor, _, _, person in keys if person is not None}
        if any(actor is None for actor, _, _, _ in keys):
            _expect(told.source, EXPECTED_BATCHES)
            new = {(actor.int, at, event.int) for actor, event, at, _ in keys if event is not None}
            drafts = {key: draft for key, draft in drafts.items() if key in new}
        told.events.extend(map(_event, drafts.values()))
    actors.learn(batch, new_actors)
    if new_contexts:
        transaction.on_commit(partial(_contexts.add, set(new_contexts)))
    if people:
        told.events[:] = [replace(one, person_id=people.get(one.actor_id, one.actor_id)) for one in told.events]
    accepted = {draft.position for draft in drafts.values()}
    return accepted, {actor for actor in people if actor.int in batch.users}


def _event(draft: Draft) -> sinks.StoredEvent:
    """As sinks need it, of whom nothing is known but the actor."""
    row, kind = draft.row, draft.type
    assert row is not None
    assert kind is not None
    return sinks.StoredEvent(
        row.actor_id,
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

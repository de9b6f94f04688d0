"""The consent gate: an event is taken only where its person agrees to the purpose of its type.

The event's own consent and the stored one are both asked, and the stricter wins. What people have never been asked
is decided by the workspace's policy. A refused event leaves nothing but a daily count.

Where nothing stored but a refusal could matter, it is left to the store: the statement that stores a batch looks for
refusals in the same snapshot, and stores nothing where it finds one (sql/store_events.sql). The batch comes again then,
and the gate asks first, as it does for the next batches of that source.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec

from config.lib.sql import rows_of, statement
from ingestion import clock, places
from ingestion.drafts import Batch, Draft, Refused
from ingestion.keys import SourceContext
from privacy.answers import Answer, of_answers
from privacy.purposes import Purpose

# Events by which people change their mind. They always pass, and count from the next event on.
CHANGES = frozenset({"user_consent_update", "Segment Consent Preference", "Segment Consent Preference Updated"})
# Plain strings: an enum's comparison calls into Python.
ESSENTIAL, ANALYTICS = Purpose.ESSENTIAL.value, Purpose.ANALYTICS.value
READ = statement("ingestion", "read_consents")
LONGEST_SOURCE, LONGEST_VERSION = 100, 50
# For how many batches of a source, after one in which somebody had refused, the gate asks first.
EXPECTED_BATCHES = 8
# Source -> how many of these are left.
_refusing: dict[int, int] = {}
_encode = msgspec.json.Encoder().encode


class SomebodyRefused(Exception):  # noqa: N818 it is no error
    """Somebody of a batch that the gate has left to the store may have refused: nothing of it is stored."""


@dataclass(slots=True)
class Known:
    """What is known of the people of a batch while its events are judged in their order."""

    # actor -> person, of those that are not their own
    people: dict[UUID, UUID] = field(default_factory=dict)
    # (person, purpose) -> (granted, when decided)
    answers: dict[tuple[UUID, str], tuple[bool, datetime]] = field(default_factory=dict)

    def learn(self, person: UUID, answer: Answer) -> None:
        """The later answer counts; of two of one instant, the refusal."""
        granted, decided_at = self.answers.get((person, answer.purpose), (True, answer.decided_at))
        if (answer.decided_at, granted) >= (decided_at, answer.granted):
            self.answers[person, answer.purpose] = answer.granted, answer.decided_at


def gate(batch: Batch, source: SourceContext, received_at: datetime) -> None:
    """Stage: events whose person does not agree leave into batch.refused; changes get their answers. One query."""
    changes = [draft for draft in batch.drafts if draft.name in CHANGES and not draft.of_nobody]
    for draft in changes:
        draft.answers = _answers(draft, received_at)
    purposes = frozenset({ANALYTICS if d.type is None else d.type.purpose for d in batch.drafts} - {ESSENTIAL})
    # A refusal counts from the next event on, and for all ids of its person: only tables know those.
    refusing = any(not one.granted and one.purpose in purposes for draft in changes for one in draft.answers or ())
    granted = source.consent_required or places.wanted()
    asks = not batch.trusting or granted or refusing or _expected(source)
    if asks:
        known = _read(batch, source.workspace_id, refusals_only=not (changes or granted))
    else:
        known = Known()
        batch.unasked = purposes
    is_said = bool(changes) or any(draft.consent is not None for draft in batch.drafts)
    if not (known.answers or is_said or source.consent_required):
        return
    kept = []
    for draft in batch.drafts:
        assert draft.actor_id is not None
        if not draft.of_nobody:
            person = known.people.get(draft.actor_id, draft.actor_id)
            # What the registry does not know may end in the quarantine, which is a trace too.
            purpose = ANALYTICS if draft.type is None else draft.type.purpose
            if draft.answers is not None:
                for answer in draft.answers:
                    known.learn(person, answer)
            elif purpose != ESSENTIAL and not _agrees(draft, purpose, known.answers.get((person, purpose)), source):
                batch.refused.append(Refused(draft.position, purpose, draft.event_id))
                continue
            said = _said(draft, ANALYTICS, known.answers.get((person, ANALYTICS)))
            draft.agrees = bool(said) and all(said)
        kept.append(draft)
    batch.drafts = kept
    if asks and batch.trusting and batch.refused:
        expect(source)


def _expected(source: SourceContext) -> bool:
    """Whether somebody of the source's batch is expected to have refused, which this is one batch less of."""
    left = _refusing.get(source.source_id, 0)
    if left > 1:
        _refusing[source.source_id] = left - 1
    elif left:
        _refusing.pop(source.source_id, None)
    return left > 0


def expect(source: SourceContext) -> None:
    """Ask first for the next batches of the source: somebody has refused."""
    _refusing[source.source_id] = EXPECTED_BATCHES


def ask(batch: Batch, workspace_id: int) -> None:
    """Look for the refusals that the gate has left to the store. Raises SomebodyRefused."""
    known = _read(batch, workspace_id, refusals_only=True)
    if any(purpose in batch.unasked for _, purpose in known.answers):
        raise SomebodyRefused
    batch.unasked = frozenset()


def forget() -> None:
    """Make this process expect nothing."""
    _refusing.clear()


def people_of(batch: Batch) -> str:
    """The ids of a batch that may be somebody's, as an array of uuids in PostgreSQL's own notation; "" for none.

    A list of uuids would be written out one by one in Python.
    """
    # From the few actors, not from the many drafts; the sources among them are nobody.
    actors = [actor.actor_id for actor in batch.actors.values() if actor.kind != "source"]
    return f"{{{_encode(actors)[1:-1].decode()}}}" if actors else ""


def _agrees(draft: Draft, purpose: str, stored: tuple[bool, datetime] | None, source: SourceContext) -> bool:
    said = _said(draft, purpose, stored)
    return all(said) if said else not source.consent_required


def _said(draft: Draft, purpose: str, stored: tuple[bool, datetime] | None) -> list[bool]:
    own = draft.consent
    said = [own[purpose]] if own is not None and purpose in own else []
    if stored is not None:
        said.append(stored[0])
    return said


def _answers(draft: Draft, received_at: datetime) -> list[Answer]:
    """What an event of CHANGES says: of consent managers in its context, of others in its properties."""
    assert draft.actor_id is not None
    decided_at, _, _ = clock.occurred(draft.client_at, draft.sent_at, received_at)
    said = of_answers(draft.properties) or draft.consent or {}
    return [
        Answer(
            actor_id=draft.actor_id,
            purpose=purpose,
            granted=granted,
            decided_at=decided_at,
            source=_text(draft, "source")[:LONGEST_SOURCE],
            policy_version=_text(draft, "policy_version")[:LONGEST_VERSION],
            event_id=draft.event_id,
        )
        for purpose, granted in said.items()
    ]


def _text(draft: Draft, name: str) -> str:
    found = draft.properties.get(name)
    return found if isinstance(found, str) else ""


def _read(batch: Batch, workspace_id: int, *, refusals_only: bool) -> Known:
    known = Known()
    if not (people := people_of(batch)):
        return known
    rows = rows_of(READ, {"workspace": workspace_id, "actors": people, "refusals_only": refusals_only})
    for actor, person, purpose, granted, decided_at in rows:
        if person != actor:
            known.people[actor] = person
        if purpose is not None:
            known.answers[person, purpose] = granted, decided_at
    return known

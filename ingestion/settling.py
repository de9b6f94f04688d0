"""Who is whom, by all that was said: a function of the set of claims, so that their order does not matter. Pure.

A server key's alias and an operator's merge count whatever they join. What a client says, and every identify (a device
may have several people), is taken in the order in which it was said, and joins nobody to somebody else when both are
known, that is, have a user id: such a claim is disputed and waits for an operator.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec

STRONG = frozenset({"server", "operator"})


class Claim(msgspec.Struct, frozen=True, gc=False):
    """actor_id is an id of the person who has into_id, as the record says."""

    record_id: UUID
    actor_id: UUID
    into_id: UUID
    evidence: str
    occurred_at: datetime
    event_id: UUID | None

    def rank(self) -> tuple[object, ...]:
        event = 0 if self.event_id is None else self.event_id.int
        return self.evidence not in STRONG, self.occurred_at, event, self.actor_id.int, self.into_id.int, self.evidence


@dataclass(slots=True)
class Settled:
    """people: the person of each id that is not a person's own. records: the record that ties it there. disputed: pairs
    of people, smaller uuid first, with the earliest record that would join them.
    """

    people: dict[UUID, UUID] = field(default_factory=dict)
    records: dict[UUID, UUID] = field(default_factory=dict)
    disputed: dict[tuple[UUID, UUID], UUID] = field(default_factory=dict)


class _Groups:
    """Ids joined into groups, each knowing whether it holds a known person."""

    def __init__(self, known: Collection[UUID]) -> None:
        self.parents: dict[UUID, UUID] = {}
        self.known = set(known)

    def find(self, one: UUID) -> UUID:
        passed = []
        while (parent := self.parents.get(one, one)) != one:
            passed.append(one)
            one = parent
        self.parents.update(dict.fromkeys(passed, one))
        return one

    def join(self, one: UUID, other: UUID) -> None:
        self.parents[one] = other
        if one in self.known:
            self.known.add(other)


def settle(claims: Iterable[Claim], known: Collection[UUID]) -> Settled:
    """The people that claims make of their ids. known: the ids that were ever sent as user ids."""
    groups = _Groups(known)
    taken: list[Claim] = []
    refused: list[Claim] = []
    for claim in sorted(claims, key=Claim.rank):
        one, other = groups.find(claim.actor_id), groups.find(claim.into_id)
        if one == other:
            continue
        if claim.evidence not in STRONG and one in groups.known and other in groups.known:
            refused.append(claim)
        else:
            groups.join(one, other)
            taken.append(claim)
    settled = Settled()
    owners = _owners(taken, groups, known)
    _spread(taken, owners, settled)
    for claim in refused:
        one, other = (owners.get(end, end) for end in (groups.find(claim.actor_id), groups.find(claim.into_id)))
        pair = (one, other) if one.int < other.int else (other, one)
        settled.disputed.setdefault(pair, claim.record_id)
    return settled


def _owners(taken: list[Claim], groups: _Groups, known: Collection[UUID]) -> dict[UUID, UUID]:
    """{group: the id that stands for its person}: the one everything leads to. Where several do, the one an operator
    chose last, else a known one, else the one named first.
    """
    leading = {claim.actor_id for claim in taken}
    named: dict[UUID, int] = {}
    chosen: dict[UUID, int] = {}
    for number, claim in enumerate(taken):
        named.setdefault(claim.into_id, number)
        if claim.evidence == "operator":
            chosen[claim.into_id] = number
    owners: dict[UUID, UUID] = {}

    def better(one: UUID) -> tuple[int, bool, int, int]:
        return -chosen.get(one, -1), one not in known, named[one], one.int

    for end in named:
        if end not in leading:
            group = groups.find(end)
            if group not in owners or better(end) < better(owners[group]):
                owners[group] = end
    return owners


def _spread(taken: list[Claim], owners: dict[UUID, UUID], settled: Settled) -> None:
    """From each owner along the claims that were taken, to all ids of the person."""
    neighbours: defaultdict[UUID, list[tuple[UUID, UUID]]] = defaultdict(list)
    for claim in taken:
        neighbours[claim.actor_id].append((claim.into_id, claim.record_id))
        neighbours[claim.into_id].append((claim.actor_id, claim.record_id))
    for owner in owners.values():
        waiting = [owner]
        while waiting:
            for one, record in neighbours[waiting.pop()]:
                if one != owner and one not in settled.people:
                    settled.people[one], settled.records[one] = owner, record
                    waiting.append(one)

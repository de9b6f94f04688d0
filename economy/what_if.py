"""The last days again with other rules: supply, gini and who would have how many points, side by side. Writes nothing.

Both sides start with the balances before the first day, take the same events and the same transfers that no rule made,
and are decided by the code that decides of live events. So the side as it is differs from the ledger where events came
in another order than they occurred, or rules were switched on meanwhile.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from config.lib import buckets
from config.lib.sql import statement
from config.models import Workspace
from economy import acts, evaluation, rules
from economy.applying import Past
from economy.entries import Entry, Party
from economy.evaluation import BURN, About, Asked, Payment, Proposal, Tallies
from economy.ledger import Batch
from economy.models import MOST_POINTS, Account, RefusedTransfer, RuleVersion, Transfer
from economy.rules import Effect, Rules

BALANCES = statement("economy", "balances_before")
OTHERS = statement("economy", "transfers_without_rule")
MOST_DAYS, MOST_EVENTS, MOST_SHOWN = 365, 1_000_000, 20
OFF = "off"


class TooMuch(Exception):  # noqa: N818 named as its caller sees it
    """There are more events than one replay takes."""


@dataclass(frozen=True, slots=True)
class Side:
    """How it ends. points and refused by key of the rule; of refunds and rewards as of costs, what was moved."""

    supply: int
    gini: float | None
    people_with_points: int
    moved: dict[str, int]
    points: dict[str, int]
    refused: dict[str, int]


@dataclass(frozen=True, slots=True)
class Affected:
    person_id: UUID
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """affected: the people who would have the most more or fewer, at most MOST_SHOWN of affected_people."""

    first: date
    last: date
    events: int
    supply_at_start: int
    as_it_is: Side
    changed: Side
    people: int
    affected_people: int
    affected: list[Affected]


def gini(balances: Iterable[int]) -> float | None:
    """Of the balances, zeros included (metrics.md 3); None where they are nothing together."""
    ordered = sorted(balances)
    count, total = len(ordered), sum(ordered)
    if total <= 0:
        return None
    return 2 * sum(place * points for place, points in enumerate(ordered, 1)) / (count * total) - (count + 1) / count


def changed(held: Rules, said: dict[str, str]) -> Rules:
    """The rules with other amounts, by key; `off` switches one off. Raises ValidationError by key."""
    errors = {}
    for key, text in said.items():
        versions = [row for row in held.versions if row.key == key]
        if not versions:
            known = ", ".join(sorted({row.key for row in held.versions})) or "none"
            errors[key] = f"There is no such rule (there are: {known})."
        elif text != OFF and any(row.effect == Effect.REFUND for row in versions):
            errors[key] = f"A refund gives back what was paid; it can only be {OFF}."
        elif text != OFF and not (text.isascii() and text.isdigit() and 1 <= int(text[:20]) <= MOST_POINTS):
            errors[key] = f"This is whole points, from 1 to {MOST_POINTS:,}, or {OFF}."
    if errors:
        raise ValidationError(errors)
    return Rules.of(_other(row, said[row.key]) if row.key in said else row for row in held.versions)


def _other(row: RuleVersion, text: str) -> RuleVersion:
    found = copy.copy(row)
    if text == OFF:
        found.enabled = False
    else:
        # What the event names would win over it.
        found.amount, found.takes_value = int(text), False
    return found


def compare(workspace: Workspace, days: int, said: dict[str, str], most_events: int = MOST_EVENTS) -> Comparison:
    """The last days, today included. Raises ValidationError, and TooMuch."""
    if not 1 <= days <= MOST_DAYS:
        raise ValidationError({"days": f"From 1 to {MOST_DAYS} days."})
    held = rules.of_workspace(workspace)
    other = changed(held, said)
    last = buckets.day_of(timezone.now(), workspace.zone)
    first = last - timedelta(days=days - 1)
    start = buckets.day_start(first, workspace.zone)
    sides = [_Replay.at(workspace, held, start), _Replay.at(workspace, other, start)]
    supply = sides[0].supply()
    transfers = _transfers(workspace, start, {number: party for party, number in sides[0].batch.accounts.items()})
    events = 0
    for offset in range(days):
        until = buckets.day_start(first + timedelta(days=offset + 1), workspace.zone)
        found = acts.of_span(
            workspace,
            buckets.day_start(first + timedelta(days=offset), workspace.zone),
            until,
            held.events(),
            most_events - events + 1,
        )
        events += len(found)
        if events > most_events:
            raise TooMuch(f"There are more than {most_events:,} events that rules look at: ask for fewer days.")
        moved = [entry for entry in transfers if entry.occurred_at and entry.occurred_at < until]
        transfers = transfers[len(moved) :]
        for side in sides:
            side.take(found, moved)
    return _compared(first, last, events, supply, sides)


def _compared(first: date, last: date, events: int, supply: int, sides: list[_Replay]) -> Comparison:
    before, after = (side.balances() for side in sides)
    off = [
        Affected(person, before.get(person, 0), after.get(person, 0))
        for person in before.keys() | after.keys()
        if before.get(person, 0) != after.get(person, 0)
    ]
    off.sort(key=lambda one: (-abs(one.after - one.before), one.person_id))
    return Comparison(
        first=first,
        last=last,
        events=events,
        supply_at_start=supply,
        as_it_is=sides[0].ended(),
        changed=sides[1].ended(),
        people=len(before.keys() | after.keys()),
        affected_people=len(off),
        affected=off[:MOST_SHOWN],
    )


def _transfers(workspace: Workspace, start: datetime, parties: dict[int, Party]) -> list[Entry]:
    with connection.cursor() as cursor:
        cursor.execute(OTHERS, {"workspace": workspace.pk, "start": start})
        return [
            Entry(parties[source], parties[target], amount, kind, key, occurred_at)
            for source, target, amount, kind, key, occurred_at in cursor.fetchall()
        ]


@dataclass(slots=True)
class _Replay:
    """One side: a batch of the ledger that nobody writes, and the Memory of what happened since it began."""

    workspace: Workspace
    rules: Rules
    start: datetime
    batch: Batch
    past: Past
    known_tallies: Tallies = field(default_factory=Tallies)
    counts: dict[About, int] = field(default_factory=dict)
    met: set[tuple[str, str, UUID]] = field(default_factory=set)
    paid: dict[Asked, list[Payment]] = field(default_factory=dict)
    asked: set[Asked] = field(default_factory=set)
    moved: Counter[str] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    @classmethod
    def at(cls, workspace: Workspace, held: Rules, start: datetime) -> _Replay:
        batch = Batch(0, b"", timezone.now(), {}, {}, set(), {})
        with connection.cursor() as cursor:
            cursor.execute(BALANCES, {"workspace": workspace.pk, "start": start})
            for number, kind, person_id, balance in cursor.fetchall():
                is_person = kind == Account.Kind.PERSON
                # Somebody who was erased is known by the account alone.
                party: Party = person_id or (UUID(int=number) if is_person else Account.Kind(kind))
                batch.accounts[party] = number
                # Points may have been spent before they occurred.
                batch.balances[number] = max(balance, 0) if is_person else balance
                batch.people |= {number} if is_person else set()
        replay = cls(workspace, held, start, batch, Past(workspace, start))
        replay.open(kind for kind in Account.Kind if kind != Account.Kind.PERSON)
        return replay

    def open(self, parties: Iterable[Party]) -> None:
        """Accounts for those who have none."""
        for party in parties:
            if party not in self.batch.accounts:
                number = -1 - len(self.batch.accounts)
                self.batch.accounts[party] = number
                self.batch.balances[number] = 0
                if isinstance(party, UUID):
                    self.batch.people.add(number)

    def take(self, found: list[acts.Act], transfers: list[Entry]) -> None:
        """Events and transfers of a day, as they occurred."""
        proposals = evaluation.propose(self.workspace.uuid, self.rules, found, self)
        proposals = self._without_what_was_before(proposals)
        self.open(evaluation.parties(proposals))
        place = 0
        for entry in transfers:
            until = place
            while until < len(proposals) and proposals[until].act.occurred_at < (entry.occurred_at or self.start):
                until += 1
            self._decide(proposals[place:until])
            place = until
            self.open([entry.source, entry.target])
            # As a reversal it would have to name what it reverses, which may have another number here.
            self.batch.decide(replace(entry, kind=Transfer.Kind.TRANSFER))
        self._decide(proposals[place:])

    def _decide(self, proposals: list[Proposal]) -> None:
        if not proposals:
            return
        self._forget_posted()
        evaluation.decide(proposals, self.rules, self.batch, self)
        for row in self.batch.posted:
            if not row["idempotency_key"].endswith(BURN):
                key = str(row["rule"]).partition("@")[0]
                self.moved[key] += 1
                self.points[key] += row["amount"]
        self.refused.update(str(row["rule"]).partition("@")[0] for row in self.batch.refused)
        for proposal in proposals:
            if not proposal.rule.once_per_person:
                # No event comes twice here, and a million keys would fill the memory.
                self.batch.known.pop(proposal.key, None)
        self._forget_posted()

    def _forget_posted(self) -> None:
        self.batch.posted.clear()
        self.batch.refused.clear()

    def _without_what_was_before(self, proposals: list[Proposal]) -> list[Proposal]:
        """Without those of once in a life that was before the first day."""
        keys = [one.key for one in proposals if one.rule.once_per_person]
        if not keys:
            return proposals
        where: dict[str, Any] = {
            "workspace": self.workspace,
            "idempotency_key__in": keys,
            "occurred_at__lt": self.start,
        }
        known = {
            key
            for model in (Transfer, RefusedTransfer)
            for key in model._default_manager.filter(**where).values_list("idempotency_key", flat=True)  # noqa: SLF001 of two models
        }
        return [one for one in proposals if one.key not in known]

    def content_acts(
        self, acts: dict[tuple[str, str, UUID], datetime], most: int
    ) -> tuple[dict[About, int], set[tuple[str, str, UUID]]]:
        fresh = {who: at for who, at in acts.items() if who not in self.met}
        new: set[tuple[str, str, UUID]] = set()
        if fresh:
            counts, new = self.past.content_acts(fresh, most)
            self.counts = counts | self.counts
            self.met |= fresh.keys()
        # The evaluation counts on in it.
        return self.counts, new

    def tallies(self, pairs: Collection[tuple[str, UUID]], days: tuple[date, date]) -> Tallies:
        return self.known_tallies

    def payments(self, asked: Collection[Asked]) -> dict[Asked, list[Payment]]:
        new = set(asked) - self.asked
        for one, earlier in self.past.payments(new).items():
            self.paid[one] = earlier + self.paid.get(one, [])
        self.asked |= new
        return self.paid

    def balances(self) -> dict[UUID, int]:
        return {who: self.batch.balances[number] for who, number in self._people()}

    def _people(self) -> Iterator[tuple[UUID, int]]:
        for party, number in self.batch.accounts.items():
            if isinstance(party, UUID):
                yield party, number

    def supply(self) -> int:
        return sum(self.balances().values())

    def ended(self) -> Side:
        held = self.balances().values()
        return Side(
            supply=sum(held),
            gini=gini(held),
            people_with_points=sum(points > 0 for points in held),
            moved=dict(self.moved),
            points=dict(self.points),
            refused=dict(self.refused),
        )

"""What the rules make of events: proposals, then one after the other a transfer, a refusal or nothing.

The same code for events that come (applying.py) and for a replay with other rules (what_if.py). They differ in the
Memory, which tells what was before, and in the ledger's batch that decides: that of a replay is never written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from config.lib.uuids import uuid5
from economy.acts import Act
from economy.entries import OWN_KEYS, Entry, Party
from economy.ledger import Batch, Outcome
from economy.models import MOST_POINTS, Account, RuleVersion, Transfer
from economy.models.rules import ALL_OF_IT
from economy.rules import Effect, Rules

PREFIX = f"{OWN_KEYS}rule:"
BURN, REFUND = ":burn", ":refund"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND, _SECOND = timedelta(microseconds=1), 1_000_000
# (event name, subject)
About = tuple[str, str]
# (payer, key of the rule, subject)
Asked = tuple[UUID, str, str]
# (idempotency key, points)
Payment = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Proposal:
    """That a rule would act on a person because of an event. The key is the same however often the event is told."""

    act: Act
    rule: RuleVersion
    person_id: UUID
    key: str


@dataclass(slots=True)
class Tallies:
    """When rules with a cap or a cool-down acted: {(key, person): {day: microseconds since 1970}}."""

    times: dict[tuple[str, UUID], dict[date, list[int]]] = field(default_factory=lambda: defaultdict(dict))
    changed: set[tuple[str, UUID, date]] = field(default_factory=set)

    def is_free(self, proposal: Proposal) -> bool:
        rule, act = proposal.rule, proposal.act
        days = self.times.get((rule.key, proposal.person_id), {})
        if rule.most_per_day is not None and len(days.get(act.day, ())) >= rule.most_per_day:
            return False
        if rule.cooldown_seconds is None:
            return True
        # In both directions: what comes late keeps its distance as well.
        now, rest = _microseconds(act.occurred_at), rule.cooldown_seconds * _SECOND
        return all(abs(now - time) >= rest for times in days.values() for time in times)

    def add(self, proposal: Proposal) -> None:
        rule, act = proposal.rule, proposal.act
        if rule.most_per_day is not None or rule.cooldown_seconds is not None:
            self.times[rule.key, proposal.person_id].setdefault(act.day, []).append(_microseconds(act.occurred_at))
            self.changed.add((rule.key, proposal.person_id, act.day))


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


class Memory(Protocol):
    """What was before the events at hand."""

    def content_acts(
        self, acts: dict[tuple[str, str, UUID], datetime], most: int
    ) -> tuple[dict[About, int], set[tuple[str, str, UUID]]]:
        """(how many people did it before, at most `most`; who does it for the first time), kept for the next time."""

    def tallies(self, pairs: Collection[tuple[str, UUID]], days: tuple[date, date]) -> Tallies:
        """Of these keys and people on these days, both included."""

    def payments(self, asked: Collection[Asked]) -> dict[Asked, list[Payment]]:
        """What was paid and is not given back."""


@dataclass(slots=True)
class Done:
    """Numbers of proposals by what became of them. known: the rule has acted on the event before."""

    events: int = 0
    moved: int = 0
    refused: int = 0
    known: int = 0
    capped: int = 0
    unusable: int = 0

    def add(self, other: Done) -> None:
        self.events += other.events
        self.moved += other.moved
        self.refused += other.refused
        self.known += other.known
        self.capped += other.capped
        self.unusable += other.unusable


def propose(namespace: UUID, rules: Rules, acts: Iterable[Act], memory: Memory) -> list[Proposal]:
    """In the order of the acts. namespace is the workspace's uuid."""
    found = list(acts)
    reached = _milestones(namespace, rules, found, memory)
    proposals = []
    for act in found:
        for rule in rules.acting(act.day, act.name, opposite=act.opposite):
            if rule.effect == Effect.MILESTONE:
                continue
            person = _whose(rule, act)
            if person is not None and (rule.effect != Effect.REFUND or act.subject):
                proposals.append(Proposal(act, rule, person, _key(rule, act, person)))
        proposals += reached.pop(act.event_id, ())
    return proposals


def _whose(rule: RuleVersion, act: Act) -> UUID | None:
    """On whom the rule acts."""
    if rule.effect == Effect.AUTHOR_REWARD:
        return act.author_id if act.person_id and act.author_id != act.person_id else None
    if rule.effect == Effect.REFUND and not act.opposite:
        # Who deletes content may be a moderator; who made it has paid.
        return act.author_id or act.person_id
    return act.person_id


def _key(rule: RuleVersion, act: Act, person: UUID) -> str:
    return f"{PREFIX}{rule.key}:" + (f"person:{person}" if rule.once_per_person else str(act.event_id))


def _milestones(namespace: UUID, rules: Rules, acts: list[Act], memory: Memory) -> dict[UUID, list[Proposal]]:
    """{event: what it reaches}. Counted from the first time on that the event has any such rule, whatever its day."""
    names = rules.events(Effect.MILESTONE)
    counted: dict[tuple[str, str, UUID], datetime] = {}
    for act in acts:
        if (who := _counted(act, names)) is not None:
            counted.setdefault(who, act.occurred_at)
    if not counted:
        return {}
    counts, new = memory.content_acts(counted, max(row.at_count or 0 for row in rules.versions))
    reached: dict[UUID, list[Proposal]] = {}
    for act in acts:
        who = _counted(act, names)
        if who is None or who not in new:
            continue
        new.discard(who)
        name, subject, _ = who
        counts[name, subject] += 1
        for rule in rules.acting(act.day, act.name, opposite=False):
            if rule.effect == Effect.MILESTONE and rule.at_count == counts[name, subject] and act.author_id:
                key = f"{PREFIX}{rule.key}:{uuid5(namespace, subject)}"
                reached.setdefault(act.event_id, []).append(Proposal(act, rule, act.author_id, key))
    return reached


def _counted(act: Act, names: Collection[str]) -> tuple[str, str, UUID] | None:
    """What counts towards milestones: people's acts on content of others."""
    if act.name not in names or act.opposite or not act.subject or act.person_id is None or act.author_id is None:
        return None
    return (act.name, act.subject, act.person_id) if act.author_id != act.person_id else None


def parties(proposals: Iterable[Proposal]) -> set[Party]:
    found: set[Party] = {proposal.person_id for proposal in proposals}
    return found | {kind for kind in Account.Kind if kind != Account.Kind.PERSON}


def decide(proposals: list[Proposal], rules: Rules, batch: Batch, memory: Memory) -> tuple[Done, Tallies]:
    """Hand the proposals to the ledger's batch, one after the other."""
    tallies, payments = _remembered(proposals, memory)
    refunded, done = rules.refunded(), Done()
    for proposal in proposals:
        rule = proposal.rule
        if proposal.key in batch.known:
            done.known += 1
            continue
        if not tallies.is_free(proposal):
            done.capped += 1
            continue
        asked = (proposal.person_id, rule.refunds or rule.key, proposal.act.subject or "")
        entries = list(_entries(proposal, payments.pop(asked, []) if rule.effect == Effect.REFUND else []))
        if not entries:
            done.unusable += rule.effect != Effect.REFUND
            continue
        outcomes = [batch.decide(entry) for entry in entries]
        if outcomes[0].number is None:
            done.refused += 1
            continue
        done.moved += 1
        tallies.add(proposal)
        _burn(proposal, entries[0], batch)
        if rule.key in refunded:
            payments.setdefault(asked, []).append((proposal.key, entries[0].amount))
    return done, tallies


def _remembered(proposals: list[Proposal], memory: Memory) -> tuple[Tallies, dict[Asked, list[Payment]]]:
    pairs: set[tuple[str, UUID]] = set()
    days: set[date] = set()
    asked: set[Asked] = set()
    for one in proposals:
        if one.rule.most_per_day is not None or one.rule.cooldown_seconds is not None:
            pairs.add((one.rule.key, one.person_id))
            rest = timedelta(seconds=one.rule.cooldown_seconds or 0)
            days |= {one.act.day - rest - timedelta(days=bool(rest)), one.act.day + rest + timedelta(days=bool(rest))}
        if one.rule.effect == Effect.REFUND:
            asked.add((one.person_id, one.rule.refunds, one.act.subject or ""))
    span = (min(days), max(days)) if days else (date.max, date.min)
    return memory.tallies(pairs, span), memory.payments(asked)


def _entries(proposal: Proposal, payments: list[Payment]) -> Iterator[Entry]:
    """What the rule asks for: one transfer, of a refund one for each payment; none without a usable amount."""
    rule, person = proposal.rule, proposal.person_id
    if rule.effect == Effect.REFUND:
        for key, points in payments:
            yield _entry(proposal, Account.Kind.MINT, person, points, key + REFUND)
        return
    amount = _amount(proposal)
    if amount is not None and rule.effect == Effect.COST:
        yield _entry(proposal, person, _place(rule), amount, proposal.key)
    elif amount is not None:
        yield _entry(proposal, Account.Kind.MINT, person, amount, proposal.key)


def _entry(proposal: Proposal, source: Party, target: Party, amount: int, key: str) -> Entry:
    act, rule = proposal.act, proposal.rule
    return Entry(
        source=source,
        target=target,
        amount=amount,
        kind=rule.kind,
        key=key,
        occurred_at=act.occurred_at,
        reference=act.subject or "",
        rule=str(rule),
        event_id=act.event_id,
    )


def _amount(proposal: Proposal) -> int | None:
    """Points; None where the event names an amount that nobody can pay, such as a half or none."""
    value = proposal.act.value
    if not proposal.rule.takes_value or value is None:
        return proposal.rule.amount
    return int(value) if 1 <= value <= MOST_POINTS and value.is_integer() else None


def _place(rule: RuleVersion) -> Account.Kind:
    """Where a person's payment goes in one piece, so that it is refused or made as a whole and counted once."""
    if rule.kind == Transfer.Kind.REDEMPTION:
        return Account.Kind.REDEMPTION
    return Account.Kind.SINK if rule.burn_percent == ALL_OF_IT else Account.Kind.TREASURY


def _burn(proposal: Proposal, paid: Entry, batch: Batch) -> Outcome | None:
    """Of what went into the treasury, the share that is burned, rounded down."""
    share = paid.amount * proposal.rule.burn_percent // ALL_OF_IT
    if paid.target != Account.Kind.TREASURY or not share:
        return None
    entry = _entry(proposal, Account.Kind.TREASURY, Account.Kind.SINK, share, proposal.key + BURN)
    # Between two of the workspace's own accounts: it is no second payment.
    return batch.decide(replace(entry, kind=Transfer.Kind.TRANSFER))

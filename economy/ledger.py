"""The only writer of the ledger: post() and post_many(), and reverse() on top of them. docs/howto/ledger.md."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
from django.db import connection, transaction
from django.utils import timezone

from analytics.rollups import reopen
from config.lib.sql import statement
from config.models import User, Workspace
from economy import chain, supply
from economy.entries import OWN_KEYS, Entry, InvalidEntry, Party, check
from economy.models import Account, RefusedTransfer, Transfer

LOCK = statement("economy", "ledger_lock")
OPEN = statement("economy", "ledger_open")
ACCOUNTS = statement("economy", "ledger_accounts")
KNOWN = statement("economy", "ledger_known")
WRITE = statement("economy", "ledger_write")
# Of one call: they all stand in memory, and everybody else waits.
MOST_ENTRIES = 10_000
# What 64 bits hold.
MOST_BALANCE = 2**63 - 1
_encode = msgspec.json.Encoder().encode


class Conflict(Exception):  # noqa: N818 named as its caller sees it
    """An idempotency key said something else before."""

    def __init__(self, key: str) -> None:
        super().__init__(f"The idempotency key {key!r} was used for another transfer")
        self.key = key


class Refused(Exception):  # noqa: N818 named as its caller sees it
    """Why a transfer is not reversed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an entry: its number in the chain, or why it was refused; is_new where this call did it."""

    key: str
    number: int | None
    why: str | None
    is_new: bool


@dataclass(frozen=True, slots=True)
class _Said:
    """What an idempotency key stands for."""

    content: tuple[Any, ...]
    occurred_at: datetime
    outcome: Outcome


def post(workspace: Workspace, entry: Entry) -> Outcome:
    """post_many() of one."""
    return post_many(workspace, [entry])[0]


def post_many(workspace: Workspace, entries: Sequence[Entry]) -> list[Outcome]:
    """The outcomes in the order of the entries, which is also the order in which they are decided: points that an
    earlier entry brings can be spent by a later one, and where two spend the last points the earlier one gets them.

    A spend that would leave a person with less than 0 points is refused and recorded as refused; the others go on. A
    key that is known with the same content gets the outcome that it had. All or nothing otherwise: raises InvalidEntry
    where an entry is wrong, and Conflict where a key is known with other content.

    Holds the workspace's chain until the commit: inside a transaction of yours, call it last.
    """
    if any(entry.reverses is not None for entry in entries):
        raise InvalidEntry("A transfer is reversed by reverse()")
    if len(entries) > MOST_ENTRIES:
        raise InvalidEntry(f"At most {MOST_ENTRIES:,} transfers at once")
    return _post(workspace, entries)


def reverse(workspace: Workspace, number: int, *, by: User | None, reason: str) -> Outcome:
    """Take a transfer back by one in the opposite direction, once; refused as any other where the points are spent.

    Raises Refused, and InvalidEntry for a reason that is too long.
    """
    if not reason.strip():
        raise Refused("Say why: whoever looks at it later will ask.")
    with transaction.atomic():
        original = reversible(workspace, number)
        entry = Entry(
            source=_party(original.to_account),
            target=_party(original.from_account),
            amount=original.amount,
            kind=Transfer.Kind.REVERSAL,
            # A new key each time: what could not be taken back today may be tomorrow.
            key=f"{OWN_KEYS}reversal:{number}:{uuid4()}",
            reference=original.reference,
            reverses=number,
            made_by=None if by is None else by.pk,
            reason=reason.strip(),
        )
        return _post(workspace, [entry])[0]


def reversible(workspace: Workspace, number: int) -> Transfer:
    """The transfer of the number, which nobody else reverses before the commit. Raises Refused."""
    _lock(workspace)
    rows = Transfer.objects.filter(workspace=workspace).select_related("from_account", "to_account")
    original = rows.filter(number=number).first()
    if original is None:
        raise Refused(f"There is no transfer {number:,} in this workspace.")
    if original.kind == Transfer.Kind.REVERSAL:
        raise Refused("A reversal is not reversed: adjust the balance instead.")
    if earlier := rows.filter(reverses=number).first():
        raise Refused(f"Transfer {number:,} was reversed already, by {earlier.number:,}.")
    return original


def account_of(workspace: Workspace, person_id: UUID) -> int:
    """The id of a person's account, made where there is none. Holds the workspace's chain until the commit."""
    with transaction.atomic():
        _lock(workspace)
        return _accounts(workspace, {person_id})[0][person_id]


def _party(account: Account) -> Party:
    if account.kind != Account.Kind.PERSON:
        return Account.Kind(account.kind)
    if account.person_id is None:
        raise Refused("The person was erased.")
    return account.person_id


def _post(workspace: Workspace, entries: Sequence[Entry]) -> list[Outcome]:
    """Four statements, however many entries; two more for the first of a workspace."""
    now = timezone.now()
    for entry in entries:
        check(entry, now)
    if not entries:
        return []
    parties = {entry.source for entry in entries} | {entry.target for entry in entries}
    with opened(workspace, parties, {entry.key for entry in entries}) as batch:
        return [batch.decide(entry) for entry in entries]


@contextmanager
def opened(workspace: Workspace, parties: Collection[Party], keys: Collection[str]) -> Iterator[Batch]:
    """A batch for who has to know what became of an entry before the next: decide() them one by one, as entries.check
    lets them pass, between these parties and under these keys. They are written when the block ends, or not at all.
    """
    with transaction.atomic():
        number, before = _lock(workspace)
        # After the lock, so that times follow each other as numbers do.
        batch = Batch(number, before, timezone.now(), *_accounts(workspace, parties), _known(workspace, keys))
        yield batch
        if batch.posted or batch.refused:
            _write(workspace, batch)


def _lock(workspace: Workspace) -> tuple[int, bytes]:
    """(number, hash) of the end of the chain, held until the commit. The first one of a workspace begins it."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, {"workspace": workspace.pk})
        found = cursor.fetchone()
        if found is None:
            places = [kind.value for kind in Account.Kind if kind != Account.Kind.PERSON]
            beginning = chain.beginning(workspace.uuid)
            cursor.execute(OPEN, {"workspace": workspace.pk, "beginning": beginning, "kinds": places})
            cursor.execute(LOCK, {"workspace": workspace.pk})
            found = cursor.fetchone()
    number, before = found
    return number, bytes(before)


def _accounts(workspace: Workspace, parties: Collection[Party]) -> tuple[dict[Party, int], dict[int, int], set[int]]:
    """(ids by party, balances by id, ids of people) of their accounts; those of people are made where there is none."""
    people = sorted(party for party in parties if isinstance(party, UUID))
    kinds = [party.value for party in parties if not isinstance(party, UUID)]
    with connection.cursor() as cursor:
        cursor.execute(ACCOUNTS, {"workspace": workspace.pk, "people": people, "kinds": kinds})
        rows = cursor.fetchall()
    ids: dict[Party, int] = {}
    for account_id, kind, person_id, _ in rows:
        ids[Account.Kind(kind) if person_id is None else person_id] = account_id
    balances = {account_id: balance for account_id, _, _, balance in rows}
    return ids, balances, {account_id for account_id, _, person_id, _ in rows if person_id is not None}


def _known(workspace: Workspace, keys: Collection[str]) -> dict[str, _Said]:
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, {"workspace": workspace.pk, "keys": list(keys)})
        rows = cursor.fetchall()
    found = {}
    for key, number, source, target, amount, kind, reference, occurred_at, *rest in rows:
        rule, event_id, reverses, reason, why = rest
        content = (source, target, amount, kind, reference, rule, event_id, reverses, reason)
        found[key] = _Said(content, occurred_at, Outcome(key, number, why, is_new=False))
    return found


@dataclass(slots=True)
class Batch:
    """Decides entry by entry; what it has decided is written at once."""

    number: int
    hash: bytes
    now: datetime
    accounts: dict[Party, int]
    balances: dict[int, int]
    people: set[int]
    known: dict[str, _Said]
    changes: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    posted: list[dict[str, Any]] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)

    def decide(self, entry: Entry) -> Outcome:
        """Raises Conflict."""
        source, target = self.accounts[entry.source], self.accounts[entry.target]
        origin = (entry.rule, entry.event_id, entry.reverses, entry.reason)
        content = (source, target, entry.amount, str(entry.kind), entry.reference, *origin)
        known = self.known.get(entry.key)
        if known is not None:
            if known.content != content or entry.occurred_at not in {None, known.occurred_at}:
                raise Conflict(entry.key)
            return known.outcome
        occurred_at = entry.occurred_at or self.now
        outcome = self._settle(entry, source, target, occurred_at)
        self.known[entry.key] = _Said(content, occurred_at, Outcome(outcome.key, outcome.number, outcome.why, False))
        return outcome

    def _settle(self, entry: Entry, source: int, target: int, occurred_at: datetime) -> Outcome:
        row: dict[str, Any] = {
            "from_account": source,
            "to_account": target,
            "amount": entry.amount,
            "kind": str(entry.kind),
            "reference": entry.reference,
            "occurred_at": occurred_at,
            "idempotency_key": entry.key,
            "rule": entry.rule,
            "event_id": entry.event_id,
            "reverses": entry.reverses,
            "made_by": entry.made_by,
            "reason": entry.reason,
        }
        why = self._why_not(source, target, entry.amount)
        if why is not None:
            self.refused.append(row | {"why": why, "balance": self.balances[source]})
            return Outcome(entry.key, None, why, is_new=True)
        self.number += 1
        self.hash = chain.hash_of(self.hash, chain.Link(number=self.number, recorded_at=self.now, **row))
        self.posted.append(row | {"number": self.number, "hash": self.hash.hex()})
        for account, points in ((source, -entry.amount), (target, entry.amount)):
            self.balances[account] += points
            self.changes[account] += points
        return Outcome(entry.key, self.number, None, is_new=True)

    def _why_not(self, source: int, target: int, amount: int) -> str | None:
        left = self.balances[source] - amount
        if source in self.people and left < 0:
            return RefusedTransfer.Why.NOT_AFFORDABLE.value
        if left < -MOST_BALANCE or self.balances[target] + amount > MOST_BALANCE:
            return RefusedTransfer.Why.TOO_MUCH.value
        return None


def _write(workspace: Workspace, batch: Batch) -> None:
    accounts = sorted(batch.changes)
    parameters: dict[str, Any] = {
        "workspace": workspace.pk,
        "now": batch.now,
        "posted": _encode(batch.posted).decode(),
        "refused": _encode(batch.refused).decode(),
        "accounts": accounts,
        "changes": [batch.changes[account] for account in accounts],
        "number": batch.number,
        "hash": batch.hash,
    }
    with connection.cursor() as cursor:
        cursor.execute(WRITE, parameters)
    if batch.posted:
        # Of what occurred long before, the balances of all days since are others.
        reopen.since(workspace.pk, supply.KEY, min(row["occurred_at"] for row in batch.posted))

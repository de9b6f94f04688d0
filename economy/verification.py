"""Whether a ledger is as it was written: its chain from the first transfer on, and its balances against transfers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from config.lib.sql import statement
from config.models import Workspace
from economy import chain
from economy.models import Transfer

ENDS = statement("economy", "ledger_ends")
SUMS = statement("economy", "ledger_sums")
# Rows in memory at a time.
CHUNK = 5_000
MOST_OFF = 20
_FIELDS = (
    "number",
    "from_account_id",
    "to_account_id",
    "amount",
    "kind",
    "reference",
    "occurred_at",
    "recorded_at",
    "idempotency_key",
    "rule",
    "event_id",
    "reverses",
    "made_by_id",
    "reason",
    "hash",
)


@dataclass(frozen=True, slots=True)
class Off:
    """An account whose balance is not the sum of its transfers, in points."""

    account: int
    kind: str
    person_id: UUID | None
    balance: int
    transfers: int


@dataclass(frozen=True, slots=True)
class Report:
    """transfers that were found right, one after the other; broken is the first number that is not as it was."""

    transfers: int
    broken: int | None
    why: str
    off: list[Off]
    # Of the latest transfer. Kept elsewhere, it tells later whether the ledger was written anew as a whole.
    number: int
    hash: str

    @property
    def is_right(self) -> bool:
        return self.broken is None and not self.why and not self.off


def verify(workspace: Workspace, anchor: tuple[int, str] | None = None) -> Report:
    """Every transfer is hashed again, in order. `anchor` is (number, hash) of an earlier report: the chain must still
    lead through it. Holds no lock: transfers that come meanwhile are not looked at.
    """
    with connection.cursor() as cursor:
        cursor.execute(ENDS, {"workspace": workspace.pk})
        found: Any = cursor.fetchone()
        cursor.execute(SUMS, {"workspace": workspace.pk, "most": MOST_OFF})
        off = [Off(row[0], row[1], row[2], row[3], int(row[4])) for row in cursor.fetchall()]
    number, stored, stray = found or (0, chain.beginning(workspace.uuid), None)
    walk = _Walk(workspace, number, anchor)
    broken, why = walk.first_broken(bytes(stored))
    if found is None and (first := Transfer.objects.filter(workspace=workspace).first()):
        broken, why = first.number, "the end of the chain is missing"
    elif broken is None and stray is not None:
        broken, why = stray, "it is no part of the chain"
    return Report(walk.right, broken, why, off, number, bytes(stored).hex())


class _Walk:
    """From transfer to transfer, up to the number at which the chain ends."""

    def __init__(self, workspace: Workspace, last: int, anchor: tuple[int, str] | None) -> None:
        self.workspace = workspace
        self.last = last
        self.anchor = anchor
        self.right = 0
        self.hash = chain.beginning(workspace.uuid)

    def first_broken(self, end: bytes) -> tuple[int | None, str]:
        """(the first broken number or None, why)."""
        if self.anchor is not None and self.anchor[0] > self.last:
            return self.last + 1, f"the chain ends before the anchor {self.anchor[0]}"
        while self.right < self.last:
            rows = Transfer.objects.filter(workspace=self.workspace, number__gt=self.right, number__lte=self.last)
            for *said, stored in rows.order_by("number").values_list(*_FIELDS)[:CHUNK]:
                if why := self._step(chain.Link(*said), bytes(stored)):
                    return self.right + 1, why
                self.right += 1
            if self.right < self.last and not rows.filter(number__gt=self.right).exists():
                return self.right + 1, "it is missing"
        return (None, "") if self.hash == end else (self.last, "the end of the chain has another hash")

    def _step(self, link: chain.Link, stored: bytes) -> str:
        """Why the next transfer is broken; "" where it is right."""
        if link.number != self.right + 1:
            return "it is missing"
        self.hash = chain.hash_of(self.hash, link)
        if self.hash != stored:
            return "it was changed after it was written"
        if self.anchor is not None and self.anchor == (link.number, stored.hex()):
            return ""
        if self.anchor is not None and self.anchor[0] == link.number:
            return "its hash is not that of the anchor: the chain was written anew"
        return ""

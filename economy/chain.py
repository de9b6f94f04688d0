"""The hash chain of a ledger: each transfer carries the SHA-256 of the hash before it and of what it says. Pure.

What is hashed is a JSON array without spaces, in UTF-8, so that anybody can do it again with other tools.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Link:
    """What a transfer says, in the order in which it is hashed; instants as microseconds since 1970."""

    number: int
    from_account: int
    to_account: int
    amount: int
    kind: str
    reference: str
    occurred_at: datetime
    recorded_at: datetime
    idempotency_key: str
    rule: str | None
    event_id: UUID | None
    reverses: int | None
    made_by: int | None
    reason: str


def beginning(workspace_uuid: UUID) -> bytes:
    """What stands before the first transfer of a workspace: chains of two workspaces have nothing in common."""
    return hashlib.sha256(workspace_uuid.bytes).digest()


def hash_of(before: bytes, link: Link) -> bytes:
    """The hash of a transfer that follows the one whose hash is `before`."""
    said = (
        link.number,
        link.from_account,
        link.to_account,
        link.amount,
        link.kind,
        link.reference,
        (link.occurred_at - _EPOCH) // _MICROSECOND,
        (link.recorded_at - _EPOCH) // _MICROSECOND,
        link.idempotency_key,
        link.rule,
        link.event_id,
        link.reverses,
        link.made_by,
        link.reason,
    )
    return hashlib.sha256(before + _encode(said)).digest()

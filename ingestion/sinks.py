"""Who is told of stored events. Higher rooms register here in AppConfig.ready; ingestion never imports them.

Every sink takes a `Stored` (one workspace, one batch). Those IN_TRANSACTION are asked before the commit, and maybe
before the events are written, what they have to write with them on the default connection: most batches give them
nothing to write and need no transaction then. What they raise, or what they return does, undoes the batch. Those
AFTER_COMMIT run once the events are durable: what they raise is logged and harms nobody. The REMOVED are told, inside
the transaction, of events that the sweep has taken out.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

if TYPE_CHECKING:
    from config.models import Workspace
    from ingestion.keys import SourceContext

logger = logging.getLogger(__name__)


class StoredEvent(msgspec.Struct, frozen=True, gc=False):
    """One newly stored event, as sinks need it.

    person_id is resolved through the links of the moment for those AFTER_COMMIT; before it may still be the actor.
    """

    person_id: UUID
    occurred_at: datetime
    name: str
    category: str
    counts_as: str
    flags: int
    # The rest of its key.
    actor_id: UUID
    event_id: UUID
    # What the pointers of its type lead to.
    object_id: str | None = None
    community_id: str | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    source: SourceContext
    stored_at: datetime
    received: int
    events: list[StoredEvent]
    # actor -> person, only links this batch made
    links: dict[UUID, UUID]
    # When the door took it; None for a replay, whose events were counted when they came.
    received_at: datetime | None = None
    # Of the received, those that went to the quarantine.
    rejected: int = 0
    # Kept nowhere, and not among the received.
    refused: int = 0


Sink = Callable[[Stored], None]
Write = Callable[[], object]

IN_TRANSACTION: list[Callable[[Stored], Write | None]] = []
AFTER_COMMIT: list[Sink] = []
# Told in the transaction, with the workspace's id, when ids were taken from people: numbers of people that cannot be
# taken apart must be counted anew.
MOVED: list[Callable[[int], None]] = []
# Told the times of the removed events.
REMOVED: list[Callable[[Workspace, list[datetime]], None]] = []


def writes(stored: Stored) -> list[Write]:
    """What the sinks have to write in the transaction of the batch, in their order."""
    return [write for sink in IN_TRANSACTION if (write := sink(stored)) is not None]


def after_commit(stored: Stored) -> None:
    for sink in AFTER_COMMIT:
        try:
            sink(stored)
        except Exception:
            # The events are committed and will be answered as accepted; counters catch up from the database.
            logger.exception("A sink failed after commit")

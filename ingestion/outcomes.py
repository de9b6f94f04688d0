"""What a failure of a batch means: PostgreSQL is away, or one event among the others cannot be stored."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import Error as DatabaseError
from django.utils import timezone

from ingestion import quarantine, sinks
from ingestion.drafts import Batch, Rejected
from ingestion.keys import SourceContext
from ingestion.payload import Item
from ingestion.pipeline import Result, ingest, name_of

logger = logging.getLogger(__name__)

# Classes of SQLSTATE that speak of the data sent (PostgreSQL documentation, appendix A): data exception, integrity
# constraint violation, program limit exceeded (as by a value too long for an index).
OF_THE_CONTENT = ("22", "23", "54")


def is_away(error: BaseException) -> bool:
    """Whether the database could not do its work whatever was sent: gone, full, shutting down, or not yet migrated."""
    if not isinstance(error, DatabaseError):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or not state.startswith(OF_THE_CONTENT)


def settle(
    items: Sequence[Item],
    source: SourceContext,
    received_at: datetime,
    *,
    sent_at: object = None,
    user_agent: str | None = None,
) -> list[Result]:
    """ingest(), where an event that makes a whole batch fail ends in the quarantine alone.

    Raises django.db.Error while PostgreSQL is away; what is not committed then can be sent again as it is.
    """
    try:
        return ingest(items, source, received_at, sent_at=sent_at, user_agent=user_agent)
    except Exception as error:
        if is_away(error):
            raise
        if len(items) == 1:
            logger.exception("An event could not be stored and went to the quarantine")
            batch = Batch([], sent_at=sent_at, user_agent=user_agent)
            return [_quarantine(items[0], batch, source, received_at, error)]
        half = len(items) // 2
        return [
            result
            for part in (items[:half], items[half:])
            for result in settle(part, source, received_at, sent_at=sent_at, user_agent=user_agent)
        ]


def _quarantine(item: Item, batch: Batch, source: SourceContext, received_at: datetime, error: Exception) -> Result:
    errors = [{"path": "", "message": f"{type(error).__name__}: {str(error)[:300]}"}]
    batch.rejected.append(Rejected(0, item.payload, "unstorable", errors, name_of(item)))
    quarantine.keep(batch, source, received_at)
    sinks.after_commit(sinks.Stored(source, timezone.now(), 1, [], {}, received_at, rejected=1))
    return Result(None, "rejected", errors)

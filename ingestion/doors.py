"""What every door of the network does with what it has read: store it, or keep it until it can be stored."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

import redis
from django.db import Error as DatabaseError

from ingestion import outcomes, pipeline, spool
from ingestion.keys import SourceContext
from ingestion.payload import Item
from ingestion.pipeline import Result

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5
# After a failure PostgreSQL is left alone that long: thousands of senders must not all knock while it starts.
REST_SECONDS = 1.0
# 0 while PostgreSQL is there.
_resting_until = 0.0


class Unavailable(Exception):  # noqa: N818 named as the sender sees it
    """Neither PostgreSQL nor the spool could take the batch; the sender must keep it and come back."""


def take(
    items: Sequence[Item],
    source: SourceContext,
    received_at: datetime,
    *,
    sent_at: object = None,
    user_agent: str | None = None,
) -> list[Result]:
    """Results in the order of the items. When it returns, everything accepted is durable: committed, or in the spool.

    Raises Unavailable.
    """
    global _resting_until  # noqa: PLW0603 one breaker a process
    if time.monotonic() >= _resting_until:
        try:
            results = outcomes.settle(items, source, received_at, sent_at=sent_at, user_agent=user_agent)
        except DatabaseError as error:
            if not _resting_until:
                logger.warning("PostgreSQL is away, so events go to the spool: %s", error)
            _resting_until = time.monotonic() + REST_SECONDS
        else:
            if _resting_until:
                logger.warning("PostgreSQL is back")
                _resting_until = 0.0
            return results
    try:
        spool.put(items, source, received_at, sent_at, user_agent)
    except redis.RedisError as error:
        raise Unavailable(f"the spool cannot take them: {error}") from error
    return _judged(items, source, sent_at)


def _judged(items: Sequence[Item], source: SourceContext, sent_at: object) -> list[Result]:
    """What can be told of spooled events without the database: their ids, and who is turned away when drained."""
    batch = pipeline.read(items, source, sent_at)
    with suppress(DatabaseError):
        pipeline.recognise(batch, source)
        pipeline.validate(batch, source)
    return pipeline.results(len(items), batch, {draft.position for draft in batch.drafts})


def forget() -> None:
    """Make this process ask PostgreSQL again with its next batch."""
    global _resting_until  # noqa: PLW0603 one breaker a process
    _resting_until = 0.0

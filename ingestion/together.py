"""Requests that come while one of the same sender is being stored are stored together when it is done.

One transaction for many requests where there is much to do, and nobody who waits for company where there is little:
what databases know as group commit. It spares all that a batch costs beside its events.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import OperationalError, connection

from ingestion import outcomes, pipeline
from ingestion.drafts import Batch, Request, join
from ingestion.keys import SourceContext
from ingestion.payload import Item
from ingestion.pipeline import Result

logger = logging.getLogger(__name__)

# Of what is stored at once; more would keep those who wait for longer than it spares them.
MOST_EVENTS = 1_000


@dataclass(slots=True, eq=False)
class _Turn:
    """A request on its way into the database: it is stored by another, or stores those of `group`, its own first."""

    batch: Batch
    group: list[_Turn] = field(default_factory=list)
    # None where storing failed.
    results: list[Result] | None = None
    # Held until the turn has come, or is over.
    wait: threading.Lock = field(default_factory=threading.Lock)


# Who waits, by sender; a sender is here while a request of it is being stored.
_lines: dict[SourceContext, deque[_Turn]] = {}
_lock = threading.Lock()


def settle(items: Sequence[Item], request: Request, source: SourceContext) -> list[Result]:
    """outcomes.settle(), in company. One that spoils it for the others is told apart by settling each alone."""
    results = _in_line(items, request, source) if len(items) < MOST_EVENTS else None
    if results is None:
        return outcomes.settle(
            items, source, request.received_at, sent_at=request.sent_at, user_agent=request.user_agent
        )
    return results


def _in_line(items: Sequence[Item], request: Request, source: SourceContext) -> list[Result] | None:
    """None where the request must be settled alone."""
    try:
        # While another is being stored: only what follows waits for it.
        turn = _Turn(pipeline.read(items, request, source))
    except Exception as error:  # noqa: BLE001 which event it is, is found out alone
        logger.info("A request could not be read: %s", error)
        return None
    with _lock:
        line = _lines.get(source)
        if line is None:
            _lines[source] = deque()
            turn.group = [turn]
        else:
            turn.wait.acquire()
            line.append(turn)
    if line is not None:
        with turn.wait:
            pass
    if turn.group:
        try:
            _store(turn.group, source)
        finally:
            _hand_over(source)
            for other in turn.group[1:]:
                other.wait.release()
    return turn.results


def _store(group: list[_Turn], source: SourceContext) -> None:
    sizes = [turn.batch.items for turn in group]
    try:
        results = pipeline.finish(join([turn.batch for turn in group]), source)
    except Exception as error:  # noqa: BLE001 each of them meets it again, alone
        logger.info("%s requests could not be stored together: %s", len(group), error)
        if isinstance(error, OperationalError) and not connection.in_atomic_block:
            connection.close()
        return
    begin = 0
    for turn, size in zip(group, sizes, strict=True):
        turn.results = results[begin : begin + size]
        begin += size


def _hand_over(source: SourceContext) -> None:
    """Wake who stores next, with all that fits."""
    with _lock:
        line = _lines[source]
        if not line:
            del _lines[source]
            return
        first = line.popleft()
        first.group, size = [first], first.batch.items
        while line and size + line[0].batch.items <= MOST_EVENTS:
            size += line[0].batch.items
            first.group.append(line.popleft())
    first.wait.release()

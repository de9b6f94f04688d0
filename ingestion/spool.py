"""Where events wait while PostgreSQL is away: a Redis stream, append-only as the file that Redis keeps of it.

Entries are whole batches as they came, in order, with all that the pipeline needs to store them as if they had just
been received; a batch that is drained twice falls on its own keys. Redis refuses an entry when its memory is full
(maxmemory with noeviction), and the sender is told to come back.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import redis

from config.lib.redis import client
from ingestion import keys, outcomes
from ingestion.keys import SourceContext
from ingestion.models import Source
from ingestion.payload import Item, read_item
from ingestion.places import cut_in_text

KEY = "ingestion:spool"
FIELD = b"batch"
READ_AT_ONCE = 20
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0
# The schedule starts the next drain, so one gives up before.
PATIENCE_SECONDS = 240.0


class Spooled(msgspec.Struct, array_like=True):
    """A batch that waits."""

    source_id: int
    scope: str
    received_at: datetime
    sent_at: Any
    user_agent: str | None
    payloads: list[bytes]
    country: str | None = None
    region: str | None = None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Spooled).decode


@dataclass(frozen=True, slots=True)
class State:
    """batches waiting and since when, or None for both where Redis cannot be asked."""

    batches: int | None
    oldest: datetime | None


@dataclass(slots=True)
class Drained:
    batches: int = 0
    events: int = 0
    accepted: int = 0
    # Batches of sources that are no longer there.
    dropped: int = 0


def put(
    items: Sequence[Item], source: SourceContext, received_at: datetime, sent_at: object, user_agent: str | None
) -> None:
    """Append a batch. Raises redis.RedisError when it could not be kept."""
    payloads = [cut_in_text(item.payload) for item in items]
    place = source.country, source.region
    batch = Spooled(source.source_id, source.scope, received_at, sent_at, user_agent, payloads, *place)
    client().xadd(KEY, {FIELD: _encode(batch)})


def state() -> State:
    try:
        first = client().xrange(KEY, count=1)
        return State(int(client().xlen(KEY)), _moment(first[0][0]) if first else None)
    except redis.RedisError:
        return State(None, None)


def _moment(entry: bytes) -> datetime:
    """When an entry was made: its id begins with milliseconds since 1970."""
    return datetime.fromtimestamp(int(entry.partition(b"-")[0]) / 1000, tz=UTC)


def drain(say: Callable[[str], None], patience_seconds: float = PATIENCE_SECONDS) -> Drained:
    """Store what waits, oldest first, until nothing does. While PostgreSQL is away again it waits, longer each time.

    Raises what PostgreSQL says when it is still away after `patience_seconds` of waiting.
    """
    done = Drained()
    pause, waited = FIRST_PAUSE_SECONDS, 0.0
    while entries := client().xrange(KEY, count=READ_AT_ONCE):
        try:
            for entry, fields in entries:
                _store(_decode(fields[FIELD]), done)
                # After the commit: whoever is killed in between stores the batch again, which changes nothing.
                client().xdel(KEY, entry)
            pause = FIRST_PAUSE_SECONDS
        except Exception as error:
            if not outcomes.is_away(error) or waited >= patience_seconds:
                raise
            # Jitter, so that drains and writers do not all come back at the same moment.
            length = pause * random.uniform(0.5, 1.0)  # noqa: S311 no secret
            say(f"PostgreSQL is away ({error}); trying again in {length:.1f} s")
            time.sleep(length)
            waited, pause = waited + length, min(pause * 2, LONGEST_PAUSE_SECONDS)
    return done


def _store(batch: Spooled, done: Drained) -> None:
    source = Source.objects.select_related("workspace").filter(pk=batch.source_id).first()
    done.batches += 1
    done.events += len(batch.payloads)
    if source is None:
        done.dropped += 1
        return
    results = outcomes.settle(
        [read_item(payload) for payload in batch.payloads],
        replace(keys.context_of(source, batch.scope), country=batch.country, region=batch.region),
        batch.received_at,
        sent_at=batch.sent_at,
        user_agent=batch.user_agent,
    )
    done.accepted += sum(result.status == "accepted" for result in results)

"""Which of the four times counts (events.md 2). Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from ingestion.flags import Flag

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
SKEW_TOLERATED = timedelta(minutes=10)
FUTURE_TOLERATED = timedelta(minutes=5)
LATE_AFTER = timedelta(days=1)
# The column that keeps the skew has 32 bits; a clock further off than 68 years is off by that much.
LARGEST_SKEW_SECONDS = 2**31 - 1
# Numbers above this are milliseconds since 1970, below it seconds: 1e11 s is the year 5138, 1e11 ms is 1973.
MILLISECONDS_FROM = 1e11


def parse(value: Any) -> datetime | None:
    """An instant in UTC from ISO 8601 text or a number of seconds or milliseconds since 1970; None for null and "".

    Text without an offset is UTC. Raises ValueError when it cannot be read.
    """
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            moment = datetime.fromtimestamp(value / 1000 if abs(value) >= MILLISECONDS_FROM else value, tz=UTC)
        else:
            raise ValueError("a time is text or a number")  # noqa: TRY004 callers ask whether it can be read
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (OverflowError, OSError):
        raise ValueError("years go from 1 to 9999") from None


def occurred(
    client_at: datetime | None, sent_at: datetime | None, received_at: datetime
) -> tuple[datetime, int | None, int]:
    """(occurred_at, skew in seconds or None, flags). A resent event gets the same occurred_at, so that it falls on
    its own primary key; only a corrected clock or a missing one can differ.
    """
    if client_at is None:
        return received_at, None, 0
    moment, skew, flags = client_at, None, 0
    if sent_at is not None and abs(received_at - sent_at) > SKEW_TOLERATED:
        minutes = round((received_at - sent_at).total_seconds() / 60)
        try:
            moment = client_at + timedelta(minutes=minutes)
        except OverflowError:
            moment = received_at
        if moment < EARLIEST <= client_at:
            # Two clocks that are centuries apart cannot both be the client's.
            moment = received_at
        skew = max(-LARGEST_SKEW_SECONDS, min(minutes * 60, LARGEST_SKEW_SECONDS))
        flags = Flag.CLOCK_CORRECTED
    if moment > received_at + FUTURE_TOLERATED:
        moment, flags = received_at, flags | Flag.CLOCK_CORRECTED
    if received_at - moment > LATE_AFTER:
        flags |= Flag.LATE
    return moment, skew, int(flags)

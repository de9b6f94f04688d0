"""Bits of Event.flags, as stored."""

import enum


class Flag(enum.IntFlag):
    """Bits of Event.flags."""

    BOT = 1
    # Kept for events that came with it: who is a test account now stands in ingestion_excludedactor.
    TEST_ACCOUNT = 2
    CLOCK_CORRECTED = 4
    LATE = 8
    # One of more events of a person in a minute than a person can send (anomalies.py).
    ANOMALOUS = 16
    # The opposite of what its type counts: action unlike, unfollow, unsave.
    OPPOSITE = 32
    # Nobody's: sent without a usable id, so that its actor is the source.
    NO_PERSON = 64
    # NaN or Infinity was in it and has become null.
    REPAIRED = 128


# Kept apart from every count (metrics.md).
EXCLUDED = Flag.BOT | Flag.TEST_ACCOUNT

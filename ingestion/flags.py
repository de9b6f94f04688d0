"""Bits of Event.flags, as stored."""

import enum


class Flag(enum.IntFlag):
    """Bits of Event.flags."""

    BOT = 1
    TEST_ACCOUNT = 2
    CLOCK_CORRECTED = 4
    LATE = 8
    ANOMALOUS = 16
    # The opposite of what its type counts: action unlike, unfollow.
    OPPOSITE = 32
    # Nobody's: sent without a usable id, so that its actor is the source.
    NO_PERSON = 64


# Kept apart from every count (metrics.md).
EXCLUDED = Flag.BOT | Flag.TEST_ACCOUNT

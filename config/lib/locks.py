"""Advisory locks of PostgreSQL, by name: they end with the connection, so a killed process leaves none behind."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import blake2b

from django.db import connection


def key_of(name: str) -> int:
    """The 64-bit number that stands for a name."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


def lock_in_transaction(name: str) -> None:
    """Wait for the lock and hold it until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key_of(name)])


@contextmanager
def try_lock(name: str, wait: timedelta = timedelta(0)) -> Iterator[bool]:
    """Whether the lock could be had within `wait`; held until the block ends.

    Needs a connection of its own: a pool that hands out connections by statement would lose it.
    """
    key = key_of(name)
    deadline = time.monotonic() + wait.total_seconds()
    while not (held := _try(key)) and time.monotonic() < deadline:
        time.sleep(0.2)
    try:
        yield held
    finally:
        if held and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def _try(key: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        (held,) = cursor.fetchone()
    return bool(held)

"""The one Redis client of this process."""

from __future__ import annotations

from functools import cache
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

# Redis answers in well under a millisecond; when it does not, events must not wait for it.
TIMEOUT_SECONDS = 2.0


@cache
def client() -> redis.Redis[Any]:
    """A client with its connection pool; values are bytes."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        # The library's own three attempts with pauses would make every batch wait while Redis is away.
        retry=Retry(NoBackoff(), 0),
    )

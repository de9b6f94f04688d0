"""How often something may be done in a span of time: counted in Redis, so that all processes count together."""

from __future__ import annotations

import hmac
import logging
import time
from dataclasses import dataclass

import redis
from django.conf import settings

from config.lib.callers import network_of
from config.lib.redis import client

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """What is left of a limit after taking one of it; resets_in: seconds until there is all of it again."""

    limit: int
    left: int
    resets_in: int

    @property
    def refused(self) -> bool:
        return self.left < 0


def take(name: str, limit: int, seconds: int) -> Taken | None:
    """Takes one of `limit` in the span of `seconds` that is under way. None while Redis is away: nobody is refused."""
    now = int(time.time())
    key = _key(name, seconds, now)
    try:
        pipe = client().pipeline(transaction=False)
        taken, _ = pipe.incr(key).expire(key, 2 * seconds).execute()
    except redis.RedisError as error:
        logger.warning("%s could not be counted, so nobody was refused: %s", name.partition(":")[0], error)
        return None
    return Taken(limit, limit - taken, seconds - now % seconds)


def give_back(name: str, seconds: int) -> None:
    """For what turned out not to be counted."""
    key = _key(name, seconds, int(time.time()))
    try:
        pipe = client().pipeline(transaction=False)
        pipe.decr(key).expire(key, 2 * seconds).execute()
    except redis.RedisError as error:
        logger.warning("What was counted of %s could not be given back: %s", name.partition(":")[0], error)


def pseudonym(address: str | None) -> str:
    """Addresses are kept nowhere, not for a minute either."""
    if address is None:
        return "nowhere"
    return hmac.digest(settings.SECRET_KEY.encode(), network_of(address).encode(), "sha256")[:12].hex()


def _key(name: str, seconds: int, now: int) -> str:
    return f"config:rate:{name}:{now // seconds}"

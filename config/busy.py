"""How many of a kind somebody may have under way at once: held in Redis, so that all processes count together."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import redis
from redis.lock import Lock

from config.lib.redis import client

logger = logging.getLogger(__name__)


def take(name: str, most: int, seconds: int) -> Callable[[], None] | None:
    """What gives the place back that was taken; None where all `most` of them are. seconds: when it is free again even
    if nobody gives it back, as after a crash. While Redis is away nobody is refused.
    """
    try:
        for number in range(most):
            # It may be given back by another thread than took it.
            place = client().lock(f"busy:{name}:{number}", timeout=seconds, blocking=False, thread_local=False)
            if place.acquire():
                return partial(_give_back, place)
    except redis.RedisError as error:
        logger.warning("%s could not be counted, so nobody was refused: %s", name.partition(":")[0], error)
        return lambda: None
    return None


def _give_back(place: Lock) -> None:
    # One that ran out may be somebody else's by now, which the library sees; while Redis is away it runs out.
    with suppress(redis.RedisError):
        place.release()

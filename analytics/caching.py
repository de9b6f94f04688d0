"""Answers kept in Redis: each until the rollups that it was read from are filled again, and for a minute at most.

The key is the workspace and what was asked; what is kept says how far the rollups were filled before it was read, so a
refill needs to tell nobody. Where an answer is out of date, one request reads it anew and all others get the last one
meanwhile, marked; where there is none, they wait for it. While Redis is away every answer is read.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec
import redis
from django.core.cache import cache
from django.utils import timezone

from analytics.models import RollupState
from analytics.rollups.waiting import read_once
from config.lib.redis import client
from config.models import Workspace

logger = logging.getLogger(__name__)

# Whether a day is over, settles or waits for late events changes without a fill.
FRESH_SECONDS = 60
# How old the answer may be that is given while one is read anew.
KEPT_SECONDS = 600
# How long one request is trusted to be reading.
READING_SECONDS = 30
# How often it is asked whether it has read, and after how long others read as well: it may have been killed.
AGAIN_SECONDS = 0.02
PATIENCE_SECONDS = 5.0
COUNTED_DAYS = 8


class How(StrEnum):
    """hit: kept. stale: kept, out of date, and being read anew. miss: read, or waited for."""

    HIT = "hit"
    STALE = "stale"
    MISS = "miss"


@dataclass(frozen=True, slots=True)
class Answered:
    """body: JSON. etag: of the body."""

    body: bytes
    etag: str
    how: How


@dataclass(frozen=True, slots=True)
class Counts:
    hits: int
    stale: int
    misses: int

    @property
    def hit_rate(self) -> float | None:
        """The share that nobody had to wait for; None where nothing was asked."""
        asked = self.hits + self.stale + self.misses
        return (self.hits + self.stale) / asked if asked else None


def answered(
    workspace: Workspace, name: str, asked: Any, read: Callable[[], Any], rollups: Iterable[str] | None = None
) -> Answered:
    """What `read` returns, as JSON, or what it did return of late.

    name and asked (JSON) have to tell apart all that answers depend on besides the workspace and its rollups, such as
    the day it is. rollups: those that are read; all of the workspace where none are named.
    """
    filled = _fill_state(workspace, rollups)
    key = f"answer:{workspace.pk}:{name}:{hashlib.sha256(msgspec.json.encode(asked)).hexdigest()}"
    try:
        kept = cache.get(key)
        if kept is not None and kept[0] == filled and time.time() - kept[1] < FRESH_SECONDS:
            return _counted(Answered(kept[2], kept[3], How.HIT))
        mine = cache.add(f"{key}:reading", 1, READING_SECONDS)
        if kept is not None and not mine:
            return _counted(Answered(kept[2], kept[3], How.STALE))
        if not mine and (waited := _awaited(key, filled)):
            return _counted(waited)
    except redis.RedisError as error:
        logger.warning("Redis is away, so an answer was read anew: %s", error)
        return _read(read)
    try:
        found = _read(read)
        with suppress(redis.RedisError):
            cache.set(key, (filled, time.time(), found.body, found.etag), KEPT_SECONDS)
    finally:
        if mine:
            with suppress(redis.RedisError):
                cache.delete(f"{key}:reading")
    return _counted(found)


def _awaited(key: str, filled: list[datetime]) -> Answered | None:
    """What another request is reading; None where it could not, or began before a fill. Raises redis.RedisError."""
    patience = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < patience and (found := cache.get_many([key, f"{key}:reading"])):
        if key in found:
            kept = found[key]
            return Answered(kept[2], kept[3], How.MISS) if kept[0] == filled else None
        time.sleep(AGAIN_SECONDS)
    return None


def counts(day: date) -> Counts:
    """How answers came about on a UTC day, of all workspaces. Raises redis.RedisError."""
    told = {name.decode(): int(number) for name, number in client().hgetall(_counts_key(day)).items()}
    return Counts(told.get(How.HIT, 0), told.get(How.STALE, 0), told.get(How.MISS, 0))


def _read(read: Callable[[], Any]) -> Answered:
    with read_once():
        body = msgspec.json.encode(read())
    return Answered(body, hashlib.sha256(body).hexdigest()[:32], How.MISS)


def _fill_state(workspace: Workspace, rollups: Iterable[str] | None) -> list[datetime]:
    """When each was filled last: a fill says so in its own transaction."""
    states = RollupState.objects.filter(workspace=workspace)
    if rollups is not None:
        states = states.filter(rollup__in=set(rollups))
    return list(states.order_by("rollup").values_list("filled_at", flat=True))


def _counted(found: Answered) -> Answered:
    key = _counts_key(timezone.now().date())
    with suppress(redis.RedisError):
        pipe = client().pipeline(transaction=False)
        pipe.hincrby(key, found.how, 1).expire(key, timedelta(days=COUNTED_DAYS)).execute()
    return found


def _counts_key(day: date) -> str:
    return f"analytics:answers:{day:%Y%m%d}"

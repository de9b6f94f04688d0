"""How many events a minute a source may send, as a whole and from one address: counted in Redis, set on the source.

A sender over its quota is asked to come back in the next minute, and keeps its events until then. While Redis is away
nothing is counted and nobody is refused.
"""

from __future__ import annotations

import hmac
import logging
import time
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import redis
from django.conf import settings
from redis.commands.core import Script

from config.lib.callers import network_of
from config.lib.redis import client
from ingestion.keys import SourceContext

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 60
COUNTED_SECONDS = 8 * 86_400
TAKE = (Path(__file__).parent / "lua" / "take_quota.lua").read_text(encoding="utf-8")


def take(source: SourceContext, address: str | None, events: int) -> int | None:
    """None when the events may come in, else the seconds until they may. address: the caller's, never stored."""
    if source.quota is None and (source.quota_by_address is None or address is None):
        return None
    now = time.time()
    window = int(now) // WINDOW_SECONDS
    limits = {}
    if source.quota is not None:
        limits[f"ingestion:quota:{source.source_id}:{window}"] = source.quota
    if source.quota_by_address is not None and address is not None:
        limits[f"ingestion:quota:{source.source_id}:{_pseudonym(address)}:{window}"] = source.quota_by_address
    keys = [*limits, _refused_key(source.source_id, time.strftime("%Y%m%d", time.gmtime(now)))]
    try:
        taken = _script()(keys=keys, args=[events, COUNTED_SECONDS, *limits.values()], client=client())
    except redis.RedisError as error:
        logger.warning("Quotas could not be counted, so nobody was refused: %s", error)
        return None
    return None if taken else WINDOW_SECONDS - int(now) % WINDOW_SECONDS


def refused(source_id: int, day: datetime) -> int | None:
    """Events of the source that were sent over its quotas on the UTC day, each time they were sent; None where Redis
    cannot be asked.
    """
    try:
        return int(client().get(_refused_key(source_id, f"{day:%Y%m%d}")) or 0)
    except redis.RedisError:
        return None


def _refused_key(source_id: int, day: str) -> str:
    return f"ingestion:quota:{source_id}:refused:{day}"


def _pseudonym(address: str) -> str:
    """Addresses are kept nowhere, not for a minute either."""
    return hmac.digest(settings.SECRET_KEY.encode(), network_of(address).encode(), "sha256")[:12].hex()


@lru_cache(maxsize=1)
def _script() -> Script:
    """Made once: its hash is computed anew each time it is made."""
    return client().register_script(TAKE)

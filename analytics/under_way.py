"""What is under way in a wellbeing programme, among the live counters (analytics/realtime.py).

Keys, each prefixed by the workspace's slug and a colon:
metrics:micro_acts:{YYYYMMDD}     micro-acts of that day of the workspace's zone, 2 days
metrics:waves                     waves, sorted by when somebody last took part in one
metrics:activations               activation sessions that are begun and not completed, sorted by their last start
metrics:activations:ended         those that were completed, sorted by when: a start that comes late finds it here

A session is one id's and one activation_id's. Nothing tells that a wave or a session that nobody completes has ended,
so that both are under way for an hour.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import redis
from django.db import connection
from redis.client import Pipeline

from config.lib.buckets import day_of, day_start
from config.lib.sql import statement
from config.models import Workspace
from ingestion.flags import Flag
from ingestion.sinks import StoredEvent

MICRO_ACT = "microact_created"
BEGUN = "activation_started"
ENDED = "activation_completed"
WAVES = ("wave_joined", "wave_interaction", "wave_microact_shared")
NAMES = {MICRO_ACT, BEGUN, ENDED, *WAVES}
UNDER_WAY = timedelta(hours=1)
KEPT_SECONDS = 2 * 86_400

_NO_PERSON = int(Flag.NO_PERSON)


def change(events: Sequence[StoredEvent], now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """What events add, in the form of lua/count.lua; {} where none of them is of NAMES."""
    events = [event for event in events if event.name in NAMES and not event.flags & _NO_PERSON]
    if not events:
        return {}
    acts: Counter[str] = Counter()
    seen: dict[str, dict[str, float]] = {"waves": {}, "begun": {}, "ended": {}}
    after = (now - UNDER_WAY).timestamp()
    today = day_of(now, zone)
    for event in events:
        moment = event.occurred_at.timestamp()
        if event.name == MICRO_ACT:
            # Of yesterday are those that midnight has left behind; nobody asks for days before.
            if abs((day := day_of(event.occurred_at, zone)) - today) <= timedelta(days=1):
                acts[f"{day:%Y%m%d}"] += 1
            continue
        if event.name in WAVES:
            kind, member = "waves", event.community_id
        else:
            kind = "begun" if event.name == BEGUN else "ended"
            member = f"{event.actor_id} {event.object_id or ''}"
        if member and moment > after:
            seen[kind][member] = max(moment, seen[kind].get(member, moment))
    return {"acts": acts, "seconds": KEPT_SECONDS, "after": after, **seen}


def rebuild(pipe: Pipeline[Any], before: redis.Redis[Any], start: str, workspace: Workspace, now: datetime) -> int:
    """Queue the writing of these counters as they should be, to keys that begin with `start`; the number of keys.

    What is counted while it runs stays counted, as in realtime.rebuild.
    """
    today = day_of(now, workspace.zone)
    parameters: dict[str, Any] = {
        "workspace_id": workspace.pk,
        "time_zone": workspace.time_zone,
        "today_start": day_start(today, workspace.zone),
        "under_way_start": now - UNDER_WAY,
    }
    names = ("waves", "activations", "activations:ended")
    stood = {name: {member.decode() for member in before.zrange(start + name, 0, -1)} for name in names}
    found: dict[str, dict[Any, float]] = {name: {} for name in names}
    acts = 0
    with connection.cursor() as cursor:
        cursor.execute(statement("analytics", "realtime_under_way"), parameters)
        for name, member, number in cursor.fetchall():
            if name == "micro_acts":
                acts = int(number)
            else:
                found[name][member] = number
    pipe.delete(key := f"{start}micro_acts:{today:%Y%m%d}")
    if acts:
        pipe.set(key, acts, ex=KEPT_SECONDS)
    for name in names:
        if gone := stood[name] - set(found[name]):
            pipe.zrem(start + name, *gone)
        if found[name]:
            pipe.zadd(start + name, found[name])
            pipe.expire(start + name, KEPT_SECONDS)
    return bool(acts) + sum(map(bool, found.values()))

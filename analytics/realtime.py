"""Live counters in Redis, after the commit, in one round trip a batch or several; always rebuildable from the events.

Keys, each prefixed by the workspace's slug and a colon:
metrics:dau:{YYYYMMDD}              set of people active that day of the workspace's zone, 8 days
metrics:user:{person}:online        seen within the last 300 s
metrics:online                      people seen within the last day, sorted by when last seen, to count them
metrics:{event name}:hourly:{YYYYMMDDHH}  events of that name in the UTC hour, 48 h
metrics:events:minute:{YYYYMMDDHHMM}      events of any name in the UTC minute, 2 h
metrics:likes:count                 likes given less likes taken back
metrics:test_accounts               ids whose events are left out, as the last rebuild found them
metrics:rebuilt                     FORM, where the counters are whole; missing after Redis has lost its data
and those of analytics/under_way.py. metrics:changed is no key but a channel: a message after each write.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import redis
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from redis.commands.core import Script

from analytics import arrivals, definitions, session_gap, under_way
from config.lib.buckets import day_of, day_start, hour_start
from config.lib.redis import client
from config.lib.sql import statement
from config.models import Workspace
from ingestion.flags import EXCLUDED, Flag
from ingestion.sinks import Stored, StoredEvent

logger = logging.getLogger(__name__)

# Of what the counters are made; another number has them built again where they are of an older one.
FORM = b"2"
ONLINE_SECONDS = 300
# As long as the longest session gap.
SEEN_SECONDS = 86_400
DAU_DAYS = 8
HOURLY_HOURS = 48
MINUTE_HOURS = 2
# How long a process goes by what it has read last of test accounts and of the session gap.
KNOWN_SECONDS = 30.0
INACTIVE = {"system", "error", "performance"}
COUNT = (Path(__file__).parent / "lua" / "count.lua").read_text(encoding="utf-8")

# Plain numbers: an enum's & costs more than all else that is done with an event here.
_OPPOSITE, _NO_PERSON, _EXCLUDED = int(Flag.OPPOSITE), int(Flag.NO_PERSON), int(EXCLUDED)

# Of a workspace: when they were read (monotonic seconds), and which they are.
_known_test_accounts: dict[str, tuple[float, set[int]]] = {}
_known_gaps: dict[int, tuple[float, timedelta]] = {}
# Workspaces whose counters this process could not write.
_missed: set[str] = set()
# A batch, and when it was committed.
Counted = tuple[Stored, datetime]
# What is to be written next, and who may touch it.
_gathered: list[Counted] = []
_lock = threading.Lock()
# A script takes some thousand arguments in one call.
MOST_EVENTS = 2_500


@dataclass(frozen=True, slots=True)
class Live:
    """What the counters say now. None where Redis cannot be asked."""

    as_of: datetime
    dau: int | None = None
    online: int | None = None
    events_per_minute: int | None = None
    active_sessions: int | None = None
    live_waves: int | None = None
    micro_acts_today: int | None = None
    activations_in_progress: int | None = None


def prefix(slug: str) -> str:
    return f"{slug}:metrics:"


def count(stored: Stored) -> None:
    """Sink, after commit. Redis being away never fails a batch; the counters are rebuilt when it is back.

    In the web server what is stored within settings.LIVE_COUNTERS_MILLISECONDS is written at once, by a thread of its
    own: many small batches take one round trip, and no sender waits for Redis.
    """
    counted = stored, timezone.now()
    if not settings.LIVE_COUNTERS_MILLISECONDS:
        _write([counted])
        return
    with _lock:
        _gathered.append(counted)
        is_first = len(_gathered) == 1
    if is_first:
        # It ends before the process does, unless that is killed.
        threading.Timer(settings.LIVE_COUNTERS_MILLISECONDS / 1_000, _write_gathered).start()


def _write_gathered() -> None:
    with _lock:
        gathered = _gathered[:]
        _gathered.clear()
    groups: defaultdict[tuple[str, datetime | None], list[list[Counted]]] = defaultdict(list)
    for stored, committed_at in gathered:
        received_at = stored.received_at
        parts = groups[stored.source.workspace_slug, None if received_at is None else hour_start(received_at)]
        if not parts or sum(len(one.events) for one, _ in parts[-1]) + len(stored.events) > MOST_EVENTS:
            parts.append([])
        parts[-1].append((stored, committed_at))
    for parts in groups.values():
        for part in parts:
            try:
                _write(part)
            except Exception:
                logger.exception("Live counters could not be written")


def _write(gathered: Sequence[Counted]) -> None:
    """Add what batches of one workspace and one hour of arrival brought."""
    batches = [stored for stored, _ in gathered]
    counted = arrivals.of(gathered)
    slug = batches[0].source.workspace_slug
    try:
        change = _change(batches, _test_accounts(slug)) | {"arrivals": counted.change()}
        if slug in _missed:
            client().delete(prefix(slug) + "rebuilt")
            _missed.discard(slug)
        _script()(keys=[prefix(slug), *counted.keys(slug)], args=[msgspec.json.encode(change)], client=client())
        arrivals.pay(slug)
    except redis.RedisError as error:
        _missed.add(slug)
        arrivals.owe(slug, counted)
        logger.warning("Live counters of %s could not be written: %s", slug, error)


def _test_accounts(slug: str) -> set[int]:
    """As numbers; at most KNOWN_SECONDS out of date."""
    known = _known_test_accounts.get(slug)
    if known is None or time.monotonic() - known[0] > KNOWN_SECONDS:
        members = client().smembers(prefix(slug) + "test_accounts")
        known = _known_test_accounts[slug] = time.monotonic(), {UUID(member.decode()).int for member in members}
    return known[1]


def _change(batches: Sequence[Stored], test_accounts: set[int]) -> dict[str, Any]:
    """What batches of one workspace add, in the form of lua/count.lua."""
    now = batches[-1].stored_at
    zone = ZoneInfo(batches[-1].source.time_zone)
    # People stand under the number of their uuid: a uuid itself is hashed by Python code, thrice for every event.
    dau: defaultdict[str, dict[int, UUID]] = defaultdict(dict)
    seen: dict[int, tuple[datetime, UUID]] = {}
    hourly: Counter[tuple[str, str]] = Counter()
    minutes: Counter[str] = Counter()
    names: dict[int, tuple[str, str, str]] = {}
    likes = 0
    oldest_day, oldest_hour = now - timedelta(days=DAU_DAYS), now - timedelta(hours=HOURLY_HOURS)
    just_now, a_day_ago = now - timedelta(seconds=ONLINE_SECONDS), now - timedelta(seconds=SEEN_SECONDS)
    links = _links(batches)
    events = _counting(batches, test_accounts)
    for event in events:
        at = event.occurred_at
        if event.counts_as == "likes_given":
            likes += -1 if event.flags & _OPPOSITE else 1
        if at <= oldest_day:
            continue
        number = int(at.timestamp()) // 60
        if (found := names.get(number)) is None:
            found = names[number] = _names(number, zone)
        day, hour, minute = found
        if event.category not in INACTIVE and not event.flags & _NO_PERSON:
            # Who was linked by a later one of the batches.
            person_id = links.get(event.person_id, event.person_id) if links else event.person_id
            person = person_id.int
            dau[day][person] = person_id
            if at > a_day_ago and (person not in seen or at > seen[person][0]):
                seen[person] = at, person_id
        if at > oldest_hour:
            hourly[event.name, hour] += 1
            if at > just_now:
                minutes[minute] += 1
    return {
        "dau": {day: list(people.values()) for day, people in dau.items()},
        "dau_seconds": DAU_DAYS * 86_400,
        "days": _days(now.astimezone(zone).date()),
        "seen": {person: moment.timestamp() for moment, person in seen.values()},
        "seen_after": a_day_ago.timestamp(),
        "seen_seconds": SEEN_SECONDS,
        "online_after": just_now.timestamp(),
        "online_seconds": ONLINE_SECONDS,
        "under_way": under_way.change(events, now, zone),
        "hourly": {f"{name}:hourly:{hour}": number for (name, hour), number in hourly.items()},
        "hourly_seconds": HOURLY_HOURS * 3_600,
        "minutes": minutes,
        "minute_seconds": MINUTE_HOURS * 3_600,
        "likes": likes,
        "links": links,
    }


def _counting(batches: Sequence[Stored], test_accounts: set[int]) -> list[StoredEvent]:
    """The events without those of bots and test accounts."""
    events = [event for stored in batches for event in stored.events if not event.flags & _EXCLUDED]
    return [event for event in events if event.person_id.int not in test_accounts] if test_accounts else events


def _links(batches: Sequence[Stored]) -> dict[UUID, UUID]:
    """Actor -> person: whoever was linked to somebody who is linked to another by a later batch is that other."""
    links: dict[UUID, UUID] = {}
    for stored in batches:
        if stored.links:
            links = {actor: stored.links.get(person, person) for actor, person in links.items()} | stored.links
    return links


def _names(minute: int, zone: ZoneInfo) -> tuple[str, str, str]:
    """(day of the zone, UTC hour, UTC minute), as keys name them, of a minute counted from 1970."""
    moment = datetime.fromtimestamp(minute * 60, tz=UTC)
    return f"{moment.astimezone(zone):%Y%m%d}", f"{moment:%Y%m%d%H}", f"{moment:%Y%m%d%H%M}"


@lru_cache(maxsize=64)
def _days(today: date) -> list[str]:
    """Today and the days before it that still have a set of people."""
    return [f"{today - timedelta(days=offset):%Y%m%d}" for offset in range(DAU_DAYS)]


@lru_cache(maxsize=1)
def _script() -> Script:
    """Made once: its hash is computed anew each time it is made."""
    return client().register_script(COUNT)


def live(workspace: Workspace) -> Live:
    """The counters of this moment; events_per_minute is that of the last full minute."""
    now = timezone.now()
    start = prefix(workspace.slug)
    minute = (now - timedelta(minutes=1)).astimezone(UTC)
    try:
        with client().pipeline(transaction=False) as pipe:
            pipe.scard(f"{start}dau:{now.astimezone(workspace.zone):%Y%m%d}")
            pipe.zcount(f"{start}online", now.timestamp() - ONLINE_SECONDS, "+inf")
            pipe.get(f"{start}events:minute:{minute:%Y%m%d%H%M}")
            pipe.zcount(f"{start}online", (now - _gap(workspace, now)).timestamp(), "+inf")
            hour_ago = (now - under_way.UNDER_WAY).timestamp()
            pipe.zcount(f"{start}waves", hour_ago, "+inf")
            pipe.get(f"{start}micro_acts:{now.astimezone(workspace.zone):%Y%m%d}")
            pipe.zcount(f"{start}activations", hour_ago, "+inf")
            # What was not counted yet is 0.
            return Live(now, *(int(answer or 0) for answer in pipe.execute()))
    except redis.RedisError:
        return Live(now)


def _gap(workspace: Workspace, now: datetime) -> timedelta:
    """The pause that ends a session today; at most KNOWN_SECONDS out of date."""
    known = _known_gaps.get(workspace.pk)
    if known is None or time.monotonic() - known[0] > KNOWN_SECONDS:
        held = definitions.current(workspace, session_gap.KEY, day_of(now, workspace.zone))
        known = _known_gaps[workspace.pk] = time.monotonic(), timedelta(minutes=held["minutes"])
    return known[1]


def removed(workspace: Workspace, _: list[datetime]) -> None:
    """Have the counters built again once the events are gone."""
    _doubt(workspace.slug)


def recount(workspace_id: int) -> None:
    """Hook: ids have left people, and a set of people does not tell whose ids made it."""
    _doubt(Workspace.objects.values_list("slug", flat=True).get(pk=workspace_id))


def _doubt(slug: str) -> None:
    """Have all counters of a workspace built again once the transaction has committed."""

    def forget() -> None:
        # Redis that is away has the counters built again when it is back.
        with suppress(redis.RedisError):
            client().delete(prefix(slug) + "rebuilt")

    transaction.on_commit(forget)


def is_stale(workspace: Workspace) -> bool:
    return bool(client().get(prefix(workspace.slug) + "rebuilt") != FORM)


def rebuild(workspace: Workspace) -> int:
    """Write all counters again from the events; the number of keys written.

    People who are counted while it runs stay counted: only members that were there before the events were read, and
    that the events do not know, are taken out.
    """
    now = timezone.now()
    start = prefix(workspace.slug)
    redis_client = client()
    today = now.astimezone(workspace.zone).date()
    days = [today - timedelta(days=offset) for offset in range(DAU_DAYS)]
    before = {day: redis_client.smembers(f"{start}dau:{day:%Y%m%d}") for day in days}
    gone = set(redis_client.zrange(f"{start}online", 0, -1))
    parameters: dict[str, Any] = {
        "workspace_id": workspace.pk,
        "time_zone": workspace.time_zone,
        "days_start": day_start(days[-1], workspace.zone),
        "hours_start": (now - timedelta(hours=HOURLY_HOURS - 1)).replace(minute=0, second=0, microsecond=0),
        "minutes_start": now.replace(second=0, microsecond=0) - timedelta(seconds=ONLINE_SECONDS),
        "seen_start": now - timedelta(seconds=SEEN_SECONDS),
        "now": now,
    }
    people: defaultdict[str, set[bytes]] = defaultdict(set)
    written = 0
    with connection.cursor() as cursor, redis_client.pipeline(transaction=True) as pipe:
        cursor.execute(statement("analytics", "realtime_people"), parameters)
        for day, person in cursor.fetchall():
            people[f"{day:%Y%m%d}"].add(str(person).encode())
        for day in days:
            key, found = f"{start}dau:{day:%Y%m%d}", people[f"{day:%Y%m%d}"]
            if not_there := before[day] - found:
                pipe.srem(key, *not_there)
            if found:
                pipe.sadd(key, *found)
                pipe.expire(key, DAU_DAYS * 86_400)
                written += 1
        cursor.execute(statement("analytics", "realtime_counters"), parameters)
        for name, number, seconds in cursor.fetchall():
            pipe.set(f"{start}{name}", number, ex=seconds)
            written += 1
        cursor.execute(statement("analytics", "realtime_online"), parameters)
        for person, seen in cursor.fetchall():
            gone.discard(str(person).encode())
            pipe.zadd(f"{start}online", {str(person): seen})
            if seen > now.timestamp() - ONLINE_SECONDS:
                pipe.set(f"{start}user:{person}:online", 1, ex=ONLINE_SECONDS)
            written += 1
        if gone:
            pipe.zrem(f"{start}online", *gone)
        written += under_way.rebuild(pipe, redis_client, start, workspace, now)
        cursor.execute(statement("analytics", "realtime_test_accounts"), parameters)
        pipe.delete(f"{start}test_accounts")
        if test_accounts := [str(actor) for (actor,) in cursor.fetchall()]:
            pipe.sadd(f"{start}test_accounts", *test_accounts)
        # Counting and rebuilding may overlap by some events: once a day all is counted anew.
        pipe.set(f"{start}rebuilt", FORM, ex=86_400)
        pipe.publish(f"{start}changed", "")
        pipe.execute()
    return written

"""Leaderboards: sorted sets in Redis, at any time rebuildable from the database, which answers where Redis is away.

Keys, each prefixed by the workspace's slug and a colon; members are people, scores points or posts:
leaderboard:points                  balances
leaderboard:points:day:{YYYYMMDD}   points that they got from the workspace that day of its zone
leaderboard:points:week:{YYYYMMDD}  the same of the week that begins on the day, a Monday
leaderboard:points:month:{YYYYMMDD} and of the month
leaderboard:posts...                posts, likewise
leaderboard:rebuilt                 hash: when which of these was written last
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, get_args
from uuid import UUID

import redis
from django.db import connection
from django.utils import timezone

from analytics.metrics import start_of
from config.lib import buckets
from config.lib.redis import client
from config.lib.sql import statement
from config.models import Workspace

Board = Literal["points", "posts"]
Period = Literal["all", "day", "week", "month"]
BOARDS: tuple[Board, ...] = get_args(Board)
PERIODS: tuple[Period, ...] = get_args(Period)
BALANCES = statement("economy", "leaderboard_balances")
EARNED = statement("economy", "leaderboard_earned")
POSTS = statement("economy", "leaderboard_posts")
# People on a board.
PLACES = 10_000
# How long a set of a period is kept from its last rebuild on.
KEPT_SECONDS = 2 * 86_400


@dataclass(frozen=True, slots=True)
class Leader:
    """Who has as many shares the rank; value is points or posts."""

    rank: int
    person_id: UUID
    value: int


@dataclass(frozen=True, slots=True)
class Standing:
    """The first of a board. since: first day of the period, None for all time; as_of: when they were counted."""

    since: date | None
    as_of: datetime
    leaders: list[Leader]


def leaders(workspace: Workspace, board: Board, period: Period, limit: int) -> Standing:
    """The first `limit`. A board that Redis does not have is rebuilt; without Redis the database is asked."""
    now = timezone.now()
    since, name = _since(workspace, period, now), _name(workspace, board, period, now)
    try:
        as_of = client().hget(_rebuilt(workspace), name)
        if as_of is None:
            rebuild_one(workspace, board, period, now)
        found = client().zrevrange(_key(workspace, name), 0, limit - 1, withscores=True)
    except redis.RedisError:
        return Standing(since, now, _ranked(_counted(workspace, board, period, now, limit)))
    rows = [(UUID(member.decode()), int(score)) for member, score in found]
    return Standing(since, now if as_of is None else datetime.fromisoformat(as_of.decode()), _ranked(rows))


def rebuild(workspace: Workspace) -> int:
    """Write all boards anew; how many people stand on them."""
    now = timezone.now()
    # Of periods that are over nobody asks.
    client().delete(_rebuilt(workspace))
    return sum(rebuild_one(workspace, board, period, now) for board in BOARDS for period in PERIODS)


def rebuild_one(workspace: Workspace, board: Board, period: Period, now: datetime) -> int:
    """Write a board anew, all at once for its readers."""
    rows = _counted(workspace, board, period, now, PLACES)
    name = _name(workspace, board, period, now)
    key = _key(workspace, name)
    with client().pipeline(transaction=True) as pipe:
        pipe.delete(key)
        if rows:
            pipe.zadd(key, {str(person): value for person, value in rows})
        if period != "all":
            pipe.expire(key, KEPT_SECONDS)
        pipe.hset(_rebuilt(workspace), name, now.isoformat())
        pipe.execute()
    return len(rows)


def _counted(workspace: Workspace, board: Board, period: Period, now: datetime, most: int) -> list[tuple[UUID, int]]:
    """(person, points or posts) as the database has them: most first, then in the order that Redis keeps equals in."""
    first = _since(workspace, period, now)
    parameters: dict[str, Any] = {"workspace_id": workspace.pk, "most": most, "first": first or date.min, "now": now}
    if first is not None:
        parameters["since"] = buckets.day_start(first, workspace.zone)
    text = POSTS if board == "posts" else BALANCES if first is None else EARNED
    with connection.cursor() as cursor:
        cursor.execute(text, parameters)
        return [(person, int(value)) for person, value in cursor.fetchall()]


def _ranked(rows: list[tuple[UUID, int]]) -> list[Leader]:
    found: list[Leader] = []
    for place, (person, value) in enumerate(rows, 1):
        rank = found[-1].rank if found and found[-1].value == value else place
        found.append(Leader(rank, person, value))
    return found


def _since(workspace: Workspace, period: Period, now: datetime) -> date | None:
    return None if period == "all" else start_of(buckets.day_of(now, workspace.zone), period)


def _name(workspace: Workspace, board: Board, period: Period, now: datetime) -> str:
    since = _since(workspace, period, now)
    return board if since is None else f"{board}:{period}:{since:%Y%m%d}"


def _key(workspace: Workspace, name: str) -> str:
    return f"{workspace.slug}:leaderboard:{name}"


def _rebuilt(workspace: Workspace) -> str:
    return _key(workspace, "rebuilt")

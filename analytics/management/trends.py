"""`manage.py metric trending`, `top_channels` and `active_tags`: what they take and what they answer."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from analytics.rankings import STATEMENTS, ranked
from analytics.trending import Trending, trending
from config.lib.buckets import DAY, day_of, day_start
from config.lib.commands import positive
from config.models import Workspace

INSTANT = timedelta(microseconds=1)
MOST = 10_000
DAYS = 30
TRENDING = ("trending", "trending_score")
RANKINGS = tuple(STATEMENTS)


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("--limit", type=positive(int), default=10, help="Of a ranking: how many (10).")
    parser.add_argument(
        "--content-type", default="post", help='Of trending: post (when left out), comment, ... or "" for any.'
    )


def answer(workspace: Workspace, options: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The facts, and lines that say them. Without --at it is of now; of a day it is of its last instant; a time without
    an offset is one of the workspace's zone. Raises CommandError for a limit that is no list any more.
    """
    at = options["at"] or timezone.now()
    if not isinstance(at, datetime):
        at = day_start(at + DAY, workspace.zone) - INSTANT
    elif at.tzinfo is None:
        at = at.replace(tzinfo=workspace.zone)
    limit = _limit(options)
    content_type, with_bots = options["content_type"], options["with_bots"]
    found = trending(workspace, at, limit, content_type, with_bots=with_bots)
    facts = {
        "metric": "trending",
        "workspace": workspace.slug,
        "unit": "points by hour",
        "at": at.astimezone(UTC).isoformat(),
        "content_type": content_type,
        "with_bots": with_bots,
        "items": [_item(one) for one in found],
    }
    return facts, [_line(one) for one in found]


def _item(one: Trending) -> dict[str, Any]:
    return {
        "rank": one.rank,
        "content_type": one.content_type,
        "content_id": one.content_id,
        "author_id": one.author_id,
        "community_id": one.community_id,
        "created_at": one.created_at.isoformat(),
        "likes": one.likes,
        "comments": one.comments,
        "score": one.score,
        "numerator": one.points,
        "denominator": one.hours,
    }


def _line(one: Trending) -> str:
    return (
        f"{one.rank:>3}  {one.score:>12,.4f}  {one.content_type} {one.content_id}  ({one.likes:,} likes, "
        f"{one.comments:,} comments in {one.hours:,.1f} hours)"
    )


def answer_ranking(workspace: Workspace, options: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The facts, and lines that say them: of the last DAYS days up to yesterday where no day is given."""
    yesterday = day_of(timezone.now(), workspace.zone) - DAY
    last = options["at"] or options["last"] or max(options["first"] or yesterday, yesterday)
    first = options["at"] or options["first"] or last - (DAYS - 1) * DAY
    if last < first:
        raise CommandError("--to is earlier than --from")
    found = ranked(workspace, options["key"], first, last, _limit(options))
    facts = {
        "metric": options["key"],
        "workspace": workspace.slug,
        "from": first,
        "to": last,
        "items": [asdict(one) for one in found],
    }
    return facts, [
        f"{one.rank:>3}  {one.value:>10,}  {one.name}  ({one.objects:,} content objects, {one.views:,} views, "
        f"{one.likes:,} likes, {one.comments:,} comments, {one.shares:,} shares)"
        for one in found
    ]


def _limit(options: dict[str, Any]) -> int:
    limit: int = options["limit"]
    if limit > MOST:
        raise CommandError(f"--limit is at most {MOST:,}")
    return limit

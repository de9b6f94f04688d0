"""`manage.py metric trending`: what it takes and what it answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from analytics.trending import Trending, trending
from config.lib.buckets import DAY, day_start
from config.lib.commands import positive
from config.models import Workspace

INSTANT = timedelta(microseconds=1)
MOST = 10_000


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
    if options["limit"] > MOST:
        raise CommandError(f"--limit is at most {MOST:,}")
    content_type, with_bots = options["content_type"], options["with_bots"]
    found = trending(workspace, at, options["limit"], content_type, with_bots=with_bots)
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

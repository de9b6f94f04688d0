"""Trending content (metrics.md 2): likes and comments by the hours since creation, of what is new and not deleted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection

from analytics import definitions
from analytics.definitions import DEFINITIONS, Definition
from analytics.models import RollupState
from analytics.models.trending import TRENDING_DEFAULT
from analytics.rollups.waiting import waiting
from config.lib import buckets
from config.lib.sql import statement
from config.models import Workspace

KEY = "trending"
ROLLUP = "content"
TRENDING = statement("analytics", "trending")

DEFINITIONS.register(
    Definition(
        KEY,
        "Trending",
        "Score of content created within the last window_days: points of its likes and comments, divided by the hours "
        "since it was created. floor_hours is the least that they are divided by: what is new does not explode.",
        TRENDING_DEFAULT,
        limits={"window_days": (1, 90), "floor_hours": (0.01, 168)},
    )
)


@dataclass(frozen=True, slots=True)
class Trending:
    """A content object as it stood at the instant. score is points by hours."""

    rank: int
    content_type: str
    content_id: str
    author_id: UUID | None
    community_id: str | None
    created_at: datetime
    likes: int
    comments: int
    points: float
    hours: float
    score: float


def trending(
    workspace: Workspace, at: datetime, limit: int, content_type: str = "post", *, with_bots: bool = False
) -> list[Trending]:
    """What trends at the instant, highest score first, the newer first where scores are equal.

    Exact for any instant: days that are filled are read from the rollups, the others from the events; what came late
    for days before the window counts once it is filled. The rollups know nothing of bots, so that with_bots reads the
    events of the whole window. content_type "" is of any type.
    """
    zone = workspace.zone
    today = buckets.day_of(at, zone)
    weights = definitions.current(workspace, KEY, today)
    since = at - timedelta(days=weights["window_days"])
    # With bots nothing of the rollups; a clock that is off may like what is not there yet.
    filled = date.min if with_bots else _filled_to(workspace, buckets.day_of(since, zone), today)
    events_from = buckets.day_start(buckets.day_of(since, zone) - buckets.DAY if with_bots else filled, zone)
    with connection.cursor() as cursor:
        cursor.execute(
            TRENDING,
            weights
            | {
                "workspace_id": workspace.pk,
                "at": at,
                "since": since,
                "filled_to": filled,
                "events_from": events_from,
                "content_type": content_type,
                "with_bots": with_bots,
                "limit": limit,
            },
        )
        return [Trending(rank, *row) for rank, row in enumerate(cursor.fetchall(), 1)]


def _filled_to(workspace: Workspace, first: date, today: date) -> date:
    """The first day from which on events have to be read: days before it, from `first` on, are as they will stay."""
    state = RollupState.objects.filter(workspace=workspace, rollup=ROLLUP).first()
    filled = buckets.day_of(workspace.created_at if state is None else state.filled_to, workspace.zone)
    waits = [max(start, first) for start, end in waiting(workspace, ROLLUP).spans if end >= first]
    return min([today, filled, *waits])

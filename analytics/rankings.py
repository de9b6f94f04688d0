"""What leads over some days (metrics.md 2): channels by engagement, tags by activity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from django.db import connection

from config.lib.buckets import DAY
from config.lib.sql import statement
from config.models import Workspace

Ranking = Literal["top_channels", "active_tags"]
STATEMENTS: dict[Ranking, str] = {
    "top_channels": statement("analytics", "top_channels"),
    "active_tags": statement("analytics", "active_tags"),
}


@dataclass(frozen=True, slots=True)
class Ranked:
    """A channel or tag with what was done to its content on the days. value is what it is ranked by: likes, comments
    and shares together, of a tag and content created with it.
    """

    rank: int
    name: str
    objects: int
    views: int
    likes: int
    comments: int
    shares: int
    value: int


def ranked(workspace: Workspace, ranking: Ranking, first: date, last: date, limit: int) -> list[Ranked]:
    """The leading ones over the days from first to last, both included."""
    parameters: dict[str, Any] = {
        "workspace_id": workspace.pk,
        "date_start": first,
        "date_end": last + DAY,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(STATEMENTS[ranking], parameters)
        return [Ranked(rank, name, *map(int, counts)) for rank, (name, *counts) in enumerate(cursor.fetchall(), 1)]

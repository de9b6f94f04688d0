"""What the people of a cohort earned (metrics.md 4)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection

from analytics import cohorts
from analytics.metrics import METRICS, SOURCES, Metric, Source
from config.lib import buckets
from config.lib.sql import statement
from config.models import Workspace

COHORT_POINTS = statement("economy", "cohort_points")


def earned(workspace: Workspace, first: date, last: date, not_over: date, *, with_bots: bool) -> dict[date, int]:
    """Points from the workspace before the day not_over, by the day of sign-up of who got them."""
    parameters: dict[str, Any] = {
        "workspace_id": workspace.pk,
        "first": first,
        "last": last,
        "until": buckets.day_start(not_over, workspace.zone),
        "bots": with_bots,
    }
    with connection.cursor() as cursor:
        cursor.execute(COHORT_POINTS, parameters)
        return dict(cursor.fetchall())


def _rows(workspace: Workspace, first: date, end: date, *, with_bots: bool) -> dict[date, dict[str, Any]]:
    """By day of sign-up."""
    found = cohorts.by_day(workspace, first, end - buckets.DAY, with_bots=with_bots)
    points = earned(workspace, first, end - buckets.DAY, cohorts.not_over(workspace), with_bots=with_bots)
    return {day: row | {"points_earned": points.get(day, 0)} for day, row in found.items()}


cohorts.MORE_COUNTS["points_earned"] = earned
SOURCES["user_cohorts"] = Source(columns=frozenset({"points_earned", "active_people"}), rows=_rows)
METRICS.register(
    Metric(
        "avg_points_earned",
        "Points earned per person of a cohort",
        "points",
        "All points so far that the people who signed up on the day got from the workspace, divided by those of them "
        "who were ever active.",
        "points_earned",
        kind="ratio",
        denominator="active_people",
        rollup="user_cohorts",
        higher_is_better=None,
    )
)

"""Metrics of retention and churn (metrics.md, 4)."""

from __future__ import annotations

from datetime import date
from typing import Any

from analytics import cohorts
from analytics.metrics import METRICS, SOURCES, Metric, Source
from config.lib.buckets import DAY
from config.models import Workspace

DAYS = (1, 7, 30, 90)


def _rows(workspace: Workspace, first: date, end: date, *, with_bots: bool) -> dict[date, dict[str, Any]]:
    """By day of sign-up."""
    return cohorts.by_day(workspace, first, end - DAY, with_bots=with_bots)


SOURCES["cohort_retention"] = Source(
    columns=frozenset(
        {"active_people", "posts_created", "comments_created"}
        | {f"{name}_{days}" for days in DAYS for name in ("eligible", "retained", "still_active")}
    ),
    rows=_rows,
)

METRICS.register(
    *(
        Metric(
            f"retention_day_{days}",
            f"Retention, day {days}",
            "ratio",
            f"Of the people who signed up on the day, those active on exactly the day {days} after it. Where that day "
            "is not over nobody counts, and the value is null: not yet.",
            f"retained_{days}",
            kind="ratio",
            denominator=f"eligible_{days}",
            rollup="cohort_retention",
            known_after=days,
            recount="retention",
        )
        for days in DAYS
    ),
    *(
        Metric(
            f"rolling_retention_{days}",
            f"Rolling retention, day {days}",
            "ratio",
            f"Of the people who signed up on the day, those active {days} days after it or on any later day. Where the "
            "first of these is not over nobody counts, and the value is null: not yet.",
            f"still_active_{days}",
            kind="ratio",
            denominator=f"eligible_{days}",
            rollup="cohort_retention",
            known_after=days,
        )
        for days in DAYS
    ),
    Metric(
        "avg_posts_per_user",
        "Posts per person of a cohort",
        "posts",
        "All posts so far by the people who signed up on the day, divided by those of them who were ever active.",
        "posts_created",
        kind="ratio",
        denominator="active_people",
        rollup="cohort_retention",
    ),
    Metric(
        "avg_comments_per_user",
        "Comments per person of a cohort",
        "comments",
        "All comments so far by the people who signed up on the day, divided by those of them who were ever active.",
        "comments_created",
        kind="ratio",
        denominator="active_people",
        rollup="cohort_retention",
    ),
    Metric(
        "churn_rate",
        "Churn",
        "ratio",
        "Of the people active 30 to 59 days before the day, those not active on it nor in the 29 days before it.",
        "churned",
        kind="day_ratio",
        denominator="active_before",
        rollup="churn_daily",
        recount="churn",
        higher_is_better=False,
    ),
)

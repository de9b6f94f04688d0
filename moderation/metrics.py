"""The numbers of the desk (metrics.md 7): the rollup, its metrics, and who tells it that a day has changed."""

from __future__ import annotations

from datetime import datetime

from analytics.metrics import METRICS, Kind, Metric
from analytics.rollups import reopen
from analytics.rollups.rollup import ROLLUPS, Rollup

ROLLUP = "moderation_metrics_daily"

ROLLUPS.register(Rollup(key=ROLLUP, title="Moderation by day", table=ROLLUP, grain="day", app="moderation"))


def changed(workspace_id: int, since: datetime) -> None:
    """In the transaction of whatever makes numbers of a day other than what they were, and of those after it."""
    reopen.since(workspace_id, ROLLUP, since)


# Key, title, unit, definition, numerator, kind, denominator, statement in sql/recount, whether more is better.
ALL: tuple[tuple[str, str, str, str, str, Kind, str, str, bool | None], ...] = (
    (
        "reports_submitted",
        "Reports submitted",
        "reports",
        "Reports made on the day, of whatever is reported and by whomever.",
        "reports_submitted",
        "sum",
        "",
        "reports",
        None,
    ),
    (
        "harassment_reports",
        "Reports of harassment",
        "reports",
        "Reports made with the reason harassment.",
        "harassment_reports",
        "sum",
        "",
        "reports",
        None,
    ),
    (
        "hate_speech_reports",
        "Reports of hate speech",
        "reports",
        "Reports made with the reason hate speech.",
        "hate_speech_reports",
        "sum",
        "",
        "reports",
        None,
    ),
    (
        "reports_resolved",
        "Reports resolved",
        "reports",
        "Reports decided on the day, dismissed ones among them.",
        "reports_resolved",
        "sum",
        "",
        "reports",
        True,
    ),
    (
        "reports_pending",
        "Reports pending",
        "reports",
        "Reports that were made and not decided by the end of the day.",
        "reports_pending",
        "holds",
        "",
        "reports",
        False,
    ),
    (
        "avg_resolution_time_hours",
        "Time to resolve",
        "hours",
        "Mean time from making a report to deciding it, of the reports decided on the day.",
        "resolution_hours",
        "ratio",
        "reports_resolved",
        "reports",
        False,
    ),
    (
        "posts_deleted",
        "Posts deleted",
        "posts",
        (
            "Content but comments that moderation removed: once a case, on the day it was first removed, and not where "
            "the removal was taken back or an appeal against it upheld."
        ),
        "posts_deleted",
        "sum",
        "",
        "removals",
        None,
    ),
    (
        "comments_deleted",
        "Comments deleted",
        "comments",
        "Comments that moderation removed, counted as posts deleted are.",
        "comments_deleted",
        "sum",
        "",
        "removals",
        None,
    ),
    (
        "spam_posts_detected",
        "Spam detected",
        "posts",
        (
            "Content, comments included, of which a report was resolved as spam; once a case, and not where that was "
            "taken back or an appeal against it upheld."
        ),
        "spam_posts_detected",
        "sum",
        "",
        "removals",
        None,
    ),
    (
        "users_banned_temp",
        "Suspensions",
        "people",
        "People suspended, each once a day, and not where that was taken back or an appeal against it upheld.",
        "users_banned_temp",
        "sum",
        "",
        "bans",
        None,
    ),
    (
        "users_banned_perm",
        "Bans",
        "people",
        "People banned for good, counted as suspensions are.",
        "users_banned_perm",
        "sum",
        "",
        "bans",
        None,
    ),
    (
        "active_moderators",
        "Active moderators",
        "people",
        "Moderators who decided at least one report on the day, at the desk or in your own application.",
        "active_moderators",
        "day",
        "",
        "moderators",
        True,
    ),
    (
        "avg_reports_per_moderator",
        "Reports per moderator",
        "reports",
        "Reports resolved on the day divided by the moderators active on it.",
        "reports_resolved",
        "day_ratio",
        "active_moderators",
        "moderators",
        None,
    ),
    (
        "time_to_claim",
        "Time to claim",
        "hours",
        (
            "Mean time from the first report of a case to the first moderator who takes it at the desk, of the cases "
            "first taken on the day."
        ),
        "claim_hours",
        "ratio",
        "cases_claimed",
        "claims",
        False,
    ),
    (
        "overturn_rate",
        "Overturn rate",
        "ratio",
        "Appeals upheld divided by appeals decided on the day.",
        "appeals_upheld",
        "ratio",
        "appeals_decided",
        "appeals",
        False,
    ),
)

METRICS.register(
    *(
        Metric(
            key,
            title,
            unit,
            definition,
            numerator,
            kind,
            denominator,
            rollup=ROLLUP,
            recount=recount,
            higher_is_better=higher_is_better,
        )
        for key, title, unit, definition, numerator, kind, denominator, recount, higher_is_better in ALL
    )
)

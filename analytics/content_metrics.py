"""Metrics of content (metrics.md 2)."""

import math

from analytics.metrics import METRICS, Metric

ROLLUP = "content_daily"
RECOUNT = "content"


def virality(shares_by_view: float) -> float:
    """0 to 100: 100 * (1 - exp(-10 * shares / views))."""
    return 100 * -math.expm1(-10 * max(shares_by_view, 0))


METRICS.register(
    Metric(
        "content_views",
        "Views of content",
        "events",
        "Views of posts, news and stories.",
        "views",
        rollup=ROLLUP,
        recount=RECOUNT,
    ),
    Metric(
        "content_saves",
        "Saves of content",
        "events",
        "Times that content was saved, less those that were taken back.",
        "saves",
        rollup=ROLLUP,
        recount=RECOUNT,
    ),
    Metric(
        "quality_score",
        "Quality score",
        "ratio",
        "Likes of content, less those taken back, divided by its views.",
        "likes",
        "ratio",
        "views",
        rollup=ROLLUP,
        recount=RECOUNT,
    ),
    Metric(
        "content_engagement_rate",
        "Engagement with content",
        "ratio",
        "Likes, comments and shares of content divided by its views.",
        "engagements",
        "ratio",
        "views",
        rollup=ROLLUP,
        recount=RECOUNT,
    ),
    Metric(
        "viral_coefficient",
        "Viral coefficient",
        "ratio",
        "Shares of content divided by its views.",
        "shares",
        "ratio",
        "views",
        rollup=ROLLUP,
        recount=RECOUNT,
    ),
    Metric(
        "comment_to_view",
        "Comments by view",
        "ratio",
        "Comments on content divided by its views.",
        "comments",
        "ratio",
        "views",
        rollup=ROLLUP,
        recount=RECOUNT,
    ),
    Metric(
        "virality_score",
        "Virality score",
        "points",
        "100 * (1 - exp(-10 * shares / views)) of content, 0 to 100.",
        "shares",
        "ratio",
        "views",
        rollup=ROLLUP,
        recount=RECOUNT,
        curve=virality,
    ),
    Metric(
        "content_velocity",
        "Content velocity",
        "per hour",
        "Posts created and comments written, divided by the hours of the time so far.",
        "publications",
        "hourly",
        rollup=ROLLUP,
        recount=RECOUNT,
    ),
)

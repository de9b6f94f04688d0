"""Metrics of one community (metrics.md): members, what they do, growth, churn."""

from analytics.metrics import METRICS, Kind, Metric

# Key, title, unit, definition, numerator, kind, denominator.
OF_ONE: tuple[tuple[str, str, str, str, str, Kind, str], ...] = (
    (
        "members",
        "Members",
        "people",
        "Members at the end of the day: joined, and not left since.",
        "member_change",
        "running",
        "",
    ),
    ("new_members", "New members", "people", "Times that somebody became a member.", "new_members", "sum", ""),
    ("members_left", "Members who left", "people", "Times that a member left.", "members_left", "sum", ""),
    (
        "active_members",
        "Active members",
        "people",
        "Distinct people who posted, commented, voted or collected in it and are members at its end.",
        "active_members",
        "day",
        "",
    ),
    ("posts_made", "Posts in the community", "events", "Posts people made in it.", "posts", "sum", ""),
    (
        "comments_made",
        "Comments in the community",
        "events",
        "Comments people wrote in it.",
        "comments",
        "sum",
        "",
    ),
    (
        "total_interactions",
        "Interactions",
        "events",
        "Posts, comments, likes, shares, votes and collections in it.",
        "total_interactions",
        "sum",
        "",
    ),
    (
        "avg_posts_per_member",
        "Posts per member",
        "posts",
        "Posts in it divided by members at the end of the day.",
        "posts",
        "reach",
        "member_change",
    ),
    (
        "engagement_rate",
        "Engagement of members",
        "ratio",
        "Active members divided by members at the end of the day.",
        "active_members",
        "reach",
        "member_change",
    ),
    (
        "growth_rate",
        "Growth of the community",
        "ratio",
        "New members without those who left, divided by members at the start.",
        "member_change",
        "growth",
        "member_change",
    ),
    (
        "churn_rate",
        "Churn of members",
        "ratio",
        "Members who left divided by members at the start.",
        "members_left",
        "growth",
        "member_change",
    ),
    (
        "retention_rate",
        "Retention of members",
        "ratio",
        "Members at the start without those who left, divided by members at the start.",
        "members_left",
        "kept",
        "member_change",
    ),
)

METRICS.register(
    *(
        Metric(
            f"community_{key}",
            title,
            unit,
            definition,
            column,
            kind,
            denominator,
            rollup="community_daily",
            per="community_id",
            higher_is_better=key not in {"members_left", "churn_rate"},
        )
        for key, title, unit, definition, column, kind, denominator in OF_ONE
    )
)

"""The dashboard of moderation."""

from analytics.dashboards import DASHBOARDS, Chart, Dashboard
from moderation.panels import AGAIN, STAY

MODERATION = Dashboard(
    key="moderation",
    title="Moderation",
    cards=(
        "reports_submitted",
        "reports_resolved",
        "reports_pending",
        "avg_resolution_time_hours",
        "time_to_claim",
        "active_moderators",
        "avg_reports_per_moderator",
        "overturn_rate",
        "spam_posts_detected",
        "harassment_reports",
        "hate_speech_reports",
    ),
    charts=(
        Chart("reports", "Reports by day", "line", ("reports_submitted", "reports_resolved", "reports_pending")),
        Chart("removed", "What was removed by day", "bar", ("posts_deleted", "comments_deleted")),
        Chart("banned", "Who was banned by day", "bar", ("users_banned_temp", "users_banned_perm")),
        Chart("resolution", "Hours to resolve and to claim", "line", ("avg_resolution_time_hours", "time_to_claim")),
        Chart(
            "reasons",
            "Reports of harm by day",
            "stacked",
            ("spam_posts_detected", "harassment_reports", "hate_speech_reports"),
        ),
    ),
    panels=(AGAIN, STAY),
)

DASHBOARDS.register(MODERATION)

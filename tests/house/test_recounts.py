"""Which metrics the truth meter cannot count anew: none that is not named here."""

from analytics.metrics import METRICS

from .conftest import ROOT

# Metrics that have no statement in sql/recount yet.
WITHOUT: set[str] = {
    "activation_rate",
    "activated",
    "days_to_first_activity",
    "events_received",
    "lag_p50",
    "lag_p95",
    "arrival_delay_p50",
    "arrival_delay_p95",
    "throughput",
    "error_rate",
    "duplicate_rate",
    "null_rate",
    "community_members",
    "community_new_members",
    "community_members_left",
    "community_active_members",
    "community_posts_made",
    "community_comments_made",
    "community_total_interactions",
    "community_avg_posts_per_member",
    "community_engagement_rate",
    "community_growth_rate",
    "community_churn_rate",
    "community_retention_rate",
    "engagement_score",
    "feature_adoption",
    "feature_people",
    "rolling_retention_1",
    "rolling_retention_7",
    "rolling_retention_30",
    "rolling_retention_90",
    "avg_posts_per_user",
    "avg_comments_per_user",
    "avg_points_earned",
    "flourish_index",
    "add_value_index",
    "wave_attendance",
    "platform_health",
}


def test_every_metric_can_be_counted_anew_but_those_that_are_named():
    assert {metric.key for metric in METRICS if not metric.recount} == WITHOUT, (
        "Give the metric a recount (docs/howto/add-a-metric.md), or name it in WITHOUT"
    )


def test_the_statements_read_no_rollup():
    tables = (
        "user_activity_daily",
        "platform_",
        "hourly_metrics",
        "analytics_",
        "wellbeing_activity_daily",
        "wellbeing_daily",
        "content_daily",
        "content_performance",
        "ingestion_person_event",
        "ingestion_content_event",
        "moderation_metrics_daily",
        "point_economy_daily",
    )
    found = {
        path.name: table for path in ROOT.glob("*/sql/recount/*.sql") for table in tables if table in path.read_text()
    }
    assert found == {}

"""Engagement score of a person (metrics.md 1): its weights, who follows whom, and the rollups it is made of."""

from analytics.definitions import DEFINITIONS, Definition
from analytics.metrics import METRICS, Metric
from analytics.rollups.rollup import ROLLUPS, Rollup

DEFINITIONS.register(
    Definition(
        "engagement_score",
        "Engagement score",
        "Weights and points of the engagement score of a person: reach (what was done in 30 days), standing (followers "
        "against people followed, or each follower of somebody who follows nobody; at most `most`) and active days.",
        {
            "reach_weight": 0.4,
            "standing_weight": 0.3,
            "days_weight": 0.3,
            "per_post": 10,
            "per_like": 2,
            "per_comment": 5,
            "per_message": 3,
            "per_follow": 4,
            "per_ratio": 20,
            "per_follower": 2,
            "most": 100,
        },
        limits={"most": (0, 100)},
        sums={("reach_weight", "standing_weight", "days_weight"): 1},
    )
)

ROLLUPS.register(
    Rollup(
        key="follows",
        title="Who followed whom by day",
        table="analytics_follow",
        grain="day",
        reads_events=True,
        event_types={"follow_types": ("follows_made",)},
        own_delete=True,
    ),
    Rollup(
        key="follow_counts",
        title="Followers and people followed",
        table="follow_count_daily",
        grain="day",
        depends_on={"follows": 0},
        definitions=("engagement_score",),
        own_delete=True,
        also_writes=("user_engagement_daily",),
    ),
    Rollup(
        key="user_engagement_daily",
        title="Engagement score of each person by day",
        table="user_engagement_daily",
        grain="day",
        # 30 days after a day it has left the window. Scores of days after a change of followers are set with it.
        depends_on={"user_activity_daily": 30, "follows": 0, "follow_counts": None},
        definitions=("engagement_score",),
    ),
    Rollup(
        key="engagement_daily",
        title="Engagement by day",
        table="engagement_daily",
        grain="day",
        depends_on={"user_engagement_daily": 0, "follow_counts": 0},
    ),
)

METRICS.register(
    Metric(
        "engagement_score",
        "Engagement score",
        "points",
        "Mean engagement score of people active on the day: 0.4 of what they did in the 30 days that end with it (10 a "
        "post, 2 a like, 5 a comment, 3 a message, 4 a follow) + 0.3 of followers against people followed + 0.3 of the "
        "active days in them, by its default definition. Bots and test accounts have none.",
        "engagement_sum",
        kind="ratio",
        denominator="engagement_people",
        rollup="engagement_daily",
    )
)

"""The rollups of this room."""

from analytics import session_gap
from analytics.rollups.rollup import ROLLUPS, Rollup

ROLLUPS.register(
    Rollup(
        key="sessions",
        title="Sessions",
        table="analytics_session",
        grain="day",
        reads_events=True,
        bucket_column="started_at",
        bucket_is_instant=True,
        widen="sessions_widen",
        # An event decides whether those within a gap after it begin a session.
        spill=session_gap.longest,
        definitions=(session_gap.KEY,),
    ),
    Rollup(
        key="user_activity_daily",
        title="Activity of each person by day",
        table="user_activity_daily",
        grain="day",
        reads_events=True,
        depends_on={"sessions": 0},
        tells=("user_engagement_daily", "cohort_retention", "activity_gaps", "recency_daily", "segment_activity_daily"),
    ),
    Rollup(
        key="people",
        title="People with their sign-up",
        table="analytics_person",
        grain="day",
        depends_on={"user_activity_daily": 0},
        own_delete=True,
    ),
    Rollup(
        key="bots",
        title="Bots and test accounts with their sign-up",
        table="analytics_bot",
        grain="day",
        depends_on={"user_activity_daily": 0},
        own_delete=True,
    ),
    Rollup(
        key="platform_daily",
        title="The whole platform by day",
        table="platform_daily",
        grain="day",
        # A person active on a day counts in the MAU of 29 days more, whatever that does to the gaps that tell it.
        depends_on={"user_activity_daily": 29, "activity_gaps": None, "people": 0, "bots": 0, "content": 0},
    ),
    # Who was active in a week or month counts in the next one's retention.
    Rollup(
        key="platform_weekly",
        title="The whole platform by week",
        table="platform_weekly",
        shared_sql="platform_period",
        grain="week",
        depends_on={"user_activity_daily": 1, "activity_gaps": None, "content": 0},
    ),
    Rollup(
        key="platform_monthly",
        title="The whole platform by month",
        table="platform_monthly",
        shared_sql="platform_period",
        grain="month",
        depends_on={"user_activity_daily": 1, "activity_gaps": None, "content": 0},
    ),
    Rollup(
        key="hourly_metrics",
        title="The whole platform by hour",
        table="hourly_metrics",
        grain="hour",
        reads_events=True,
        bucket_column="hour",
        bucket_is_instant=True,
        late_hours=1.5,
        broken_hours=2.5,
    ),
)

"""The rollups of cohorts, retention and churn."""

from analytics.rollups.rollup import ROLLUPS, Rollup

ROLLUPS.register(
    Rollup(
        key="person_latest",
        title="Latest active day of each person",
        table="person_latest",
        grain="day",
        # By people and bots it only tells which sign-up days its changes concern.
        depends_on={"user_activity_daily": 0, "people": None, "bots": None},
        bucket_column="last_active_on",
        own_delete=True,
    ),
    Rollup(
        key="user_cohorts",
        title="People by day of sign-up, and how long they stayed",
        table="user_cohorts",
        grain="day",
        depends_on={"people": 0, "bots": 0, "person_latest": None},
        bucket_column="signed_up_on",
    ),
    Rollup(
        key="cohort_retention",
        title="Who of each sign-up day was active by day",
        table="cohort_retention",
        grain="day",
        # Whether somebody was active earlier in a week of the own decides about the 6 days after an activity.
        depends_on={"user_activity_daily": 6, "people": None, "bots": None},
    ),
    Rollup(
        key="activity_gaps",
        title="After how long without activity people came back",
        table="activity_gaps",
        grain="day",
        # From the first day of a month to the last of the next one.
        depends_on={"user_activity_daily": 61},
    ),
    Rollup(
        key="churn_daily",
        title="People lost by day",
        table="churn_daily",
        grain="day",
        # Gaps change only with the activity itself, which already reaches as far.
        depends_on={"user_activity_daily": 59, "activity_gaps": None},
    ),
)

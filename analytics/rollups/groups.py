"""Rollups of what groups of people did by day: segments, cohorts and platforms."""

from analytics.rollups.rollup import ROLLUPS, Rollup

SEGMENTS, COHORTS, PLATFORMS = "segment_activity_daily", "cohort_activity_daily", "platform_activity_daily"

ROLLUPS.register(
    Rollup(
        key=SEGMENTS,
        title="What the people of each segment did by day",
        table=SEGMENTS,
        grain="day",
        definitions=("content_acts", "segments"),
        # What somebody did counts in the segment of the 6 days after it.
        depends_on={"user_activity_daily": 6},
    ),
    Rollup(
        key=COHORTS,
        title="What the people of each cohort did by day",
        table=COHORTS,
        grain="day",
        depends_on={"user_activity_daily": 0, "people": 0},
    ),
    Rollup(
        key=PLATFORMS,
        title="What people did by day and platform of their client",
        table=PLATFORMS,
        grain="day",
        reads_events=True,
        definitions=("client_signals",),
    ),
)

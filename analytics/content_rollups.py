"""The rollups of content: what was done to each object by day, and what each has come to."""

from analytics.rollups.rollup import ROLLUPS, Rollup

ROLLUPS.register(
    Rollup(
        key="content_performance_daily",
        title="Performance of each content object by day",
        table="content_performance_daily",
        grain="day",
        reads_events=True,
        # The counts of a day go on from those of the day before.
        own_delete=True,
    ),
    Rollup(
        key="content",
        title="Content objects",
        table="content",
        grain="day",
        depends_on={"content_performance_daily": 0},
        own_delete=True,
    ),
    Rollup(
        key="content_daily",
        title="All content by day",
        table="content_daily",
        grain="day",
        depends_on={"content_performance_daily": 0},
    ),
)

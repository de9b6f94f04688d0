"""When this room's work runs, in UTC."""

from config.lib.schedules import SCHEDULES, Schedule

SCHEDULES.register(
    Schedule(
        "fill rollups hourly",
        task="analytics.fill",
        crontab="5 * * * *",
        description="Fills open buckets: the hours and days under way, and what late events have touched. A fill that "
        "took long rests ten times as long.",
    ),
    Schedule(
        "fill hours",
        task="analytics.fill_hours",
        crontab="6 * * * *",
        description="Fills the hours where the days, which take longer to fill, still rest from their last fill.",
    ),
    Schedule(
        "fill rollups daily",
        task="analytics.fill",
        crontab="0 2 * * *",
        description="Fills the day that has ended once its events have settled.",
    ),
    Schedule(
        "fill rollups weekly",
        task="analytics.fill",
        crontab="0 3 * * 1",
        description="Closes the week that has ended, and what came late for it in the night.",
    ),
    Schedule(
        "fill rollups monthly",
        task="analytics.fill",
        crontab="0 4 1 * *",
        description="Closes the month that has ended, and what came late for it in the night.",
    ),
    Schedule(
        "reconcile live counters",
        task="analytics.reconcile_realtime",
        every_seconds=300,
        description="Builds live counters again where Redis was away or has lost them.",
    ),
    Schedule(
        "keep counts of arrivals",
        task="analytics.keep_arrivals",
        every_seconds=300,
        description="Writes down how many events came, how many were rejected or were there already, and how late.",
    ),
    Schedule(
        "recount a sample",
        task="analytics.recount",
        # After every fill of the night.
        crontab="30 4 * * *",
        description="The truth meter: random numbers are counted anew from the events and compared.",
    ),
    Schedule(
        "refresh views",
        task="analytics.refresh_views",
        crontab="*/15 * * * *",
        description="Refreshes the materialised views, such as what trends; readers never wait.",
    ),
)

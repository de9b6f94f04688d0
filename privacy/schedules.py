"""Schedules of this room."""

from config.lib.schedules import SCHEDULES, Schedule

SCHEDULES.register(
    Schedule(
        "prune access log",
        task="privacy.prune_access_log",
        crontab="20 4 * * *",
        description="Deletes records of reads over the API that are older than ACCESS_LOG_KEEP_DAYS.",
    ),
)

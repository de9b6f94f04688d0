"""When this room's work runs, in UTC."""

from config.lib.schedules import SCHEDULES, Schedule

SCHEDULES.register(
    Schedule(
        "take moderation events",
        task="moderation.take_events",
        crontab="* * * * *",
        description="Reports, decisions and bans that events tell of, into the moderators' cases.",
    )
)

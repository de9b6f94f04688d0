"""When this room's work runs, in UTC."""

from config.lib.schedules import SCHEDULES, Schedule

SCHEDULES.register(
    Schedule(
        "apply rules of points",
        task="economy.apply_rules",
        crontab="* * * * *",
        description="Moves the points that events cost and earn, or that the team's application told of.",
    )
)

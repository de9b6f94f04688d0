"""When this room's work runs, in UTC."""

from config.lib.schedules import SCHEDULES, Schedule

SCHEDULES.register(
    Schedule(
        "apply rules of points",
        task="economy.apply_rules",
        crontab="* * * * *",
        description="Moves the points that events cost and earn, or that the team's application told of.",
    ),
    Schedule(
        "check the point economy",
        task="economy.check_health",
        # After the fill of the night.
        crontab="0 3 * * *",
        description="Inflation, deflation and inequality of the day that has ended, and whether the ledger adds up.",
    ),
    Schedule(
        "find rings of transfers",
        task="economy.find_rings",
        # Before the check that tells of them.
        crontab="45 2 * * *",
        description="Looks for points that people pass on until they come back, for somebody to judge.",
    ),
    Schedule(
        "rebuild leaderboards",
        task="economy.rebuild_leaderboards",
        crontab="*/15 * * * *",
        description="Counts the leaders by points and posts anew, of all time and of this day, week and month.",
    ),
    Schedule(
        "note levels",
        task="economy.note_levels",
        crontab="*/15 * * * *",
        description="Notes who reached which level by points, where transfers came or levels changed.",
    ),
)

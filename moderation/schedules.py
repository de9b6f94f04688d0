"""When this room's work runs, in UTC."""

from config.lib.schedules import SCHEDULES, Schedule

SCHEDULES.register(
    Schedule(
        "take moderation events",
        task="moderation.take_events",
        crontab="* * * * *",
        description="Reports, decisions and bans that events tell of, into the moderators' cases.",
    ),
    Schedule(
        "find abuse patterns",
        task="moderation.find_patterns",
        crontab="* * * * *",
        description="Searches the events that came for the abuse patterns that are switched on.",
    ),
    Schedule(
        "deliver webhooks",
        task="moderation.deliver_webhooks",
        every_seconds=10,
        description="What moderators decided, to the team's own application.",
    ),
    Schedule(
        "forget deliveries",
        task="moderation.forget_deliveries",
        crontab="40 4 * * *",
        description="Delete messages to applications that ended 30 days ago.",
    ),
    Schedule(
        "moderation service levels",
        task="moderation.service_levels",
        crontab="*/5 * * * *",
        description="Cases that wait longer than the service level of their priority allows.",
    ),
)

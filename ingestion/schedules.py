"""When this room's work runs, in UTC."""

from config.lib.schedules import SCHEDULES, Schedule

SCHEDULES.register(
    Schedule(
        "make partitions",
        task="ingestion.make_partitions",
        crontab="15 */6 * * *",
        description="Daily partitions of the event table for the coming week.",
    )
)
SCHEDULES.register(
    Schedule(
        "drain spool",
        task="ingestion.drain_spool",
        crontab="* * * * *",
        description="Events that came while PostgreSQL was away, into their table.",
    )
)
SCHEDULES.register(
    Schedule(
        "sweep duplicates",
        task="ingestion.sweep_duplicates",
        # Before the rollups of the day are filled.
        crontab="30 1 * * *",
        description="Takes out events that were stored under two times, from the days touched of late.",
    )
)
SCHEDULES.register(
    Schedule(
        "clean quarantine",
        task="ingestion.clean_quarantine",
        crontab="30 2 * * *",
        description="Deletes quarantined events that are older than their source keeps them.",
    )
)
SCHEDULES.register(
    Schedule(
        "poll source databases",
        task="ingestion.poll_sources",
        crontab="* * * * *",
        description="Events that wait in the outboxes of the team's own databases, into the pipeline.",
    )
)
SCHEDULES.register(
    Schedule(
        "replay quarantine",
        task="ingestion.replay_quarantine",
        every_seconds=300,
        description="Takes up replays that were asked for and not ended, as after a worker was killed.",
    )
)
SCHEDULES.register(
    Schedule(
        "find anomalies",
        task="ingestion.find_anomalies",
        crontab="40 * * * *",
        description="Flags events of the last two hours that came at impossible rates.",
    )
)
SCHEDULES.register(
    Schedule(
        "find late anomalies",
        task="ingestion.find_anomalies",
        crontab="45 1 * * *",
        description="The same of all days that events came for of late.",
        arguments={"late": True},
    )
)

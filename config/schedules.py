"""Schedules of this room, and the sync of all rooms' schedules into the database."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.db import transaction
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask, PeriodicTasks

from config.lib.schedules import SCHEDULES, Schedule

SCHEDULES.register(
    Schedule(
        "heartbeat",
        task="config.heartbeat",
        every_seconds=30,
        description="Says that beat, broker and a worker are alive (readiness).",
    ),
    Schedule(
        "prune runs",
        task="config.prune_runs",
        crontab="50 4 * * *",
        description="Deletes runs that are older than RUN_KEEP_DAYS, but for the latest of each job.",
    ),
)


@dataclass(frozen=True, slots=True)
class Synced:
    """Keys of schedules: added now, edited by an operator (left as they are), and in the database but not declared."""

    added: list[str]
    edited: list[str]
    undeclared: list[str]


@transaction.atomic
def sync(*, add: bool = True) -> Synced:
    """Add the declared schedules that are missing; never change one that is there."""
    there = {row.name: row for row in PeriodicTask.objects.select_related("crontab", "interval")}
    added = [schedule.key for schedule in SCHEDULES if schedule.key not in there]
    if add:
        for key in added:
            _add(SCHEDULES[key])
        PeriodicTasks.update_changed()
    edited = [s.key for s in SCHEDULES if s.key in there and _differs(s, there[s.key])]
    undeclared = sorted(name for name in there if name not in SCHEDULES and not name.startswith("celery."))
    return Synced(added, edited, undeclared)


def _add(schedule: Schedule) -> None:
    row = PeriodicTask(
        name=schedule.key,
        task=schedule.task,
        description=schedule.description,
        kwargs=json.dumps(schedule.arguments),
        # What waited for a worker until its next turn came is not wanted twice.
        expire_seconds=schedule.period_seconds,
    )
    if schedule.crontab:
        minute, hour, day_of_month, month_of_year, day_of_week = schedule.crontab.split()
        row.crontab, _ = CrontabSchedule.objects.get_or_create(
            minute=minute,
            hour=hour,
            day_of_month=day_of_month,
            month_of_year=month_of_year,
            day_of_week=day_of_week,
            timezone="UTC",
        )
    else:
        row.interval, _ = IntervalSchedule.objects.get_or_create(
            every=schedule.every_seconds, period=IntervalSchedule.SECONDS
        )
    row.save()


def _differs(schedule: Schedule, row: PeriodicTask) -> bool:
    if not row.enabled or row.task != schedule.task or json.loads(row.kwargs or "{}") != schedule.arguments:
        return True
    if schedule.crontab:
        cron = row.crontab
        return cron is None or schedule.crontab != (
            f"{cron.minute} {cron.hour} {cron.day_of_month} {cron.month_of_year} {cron.day_of_week}"
        )
    interval = row.interval
    return interval is None or (interval.every, interval.period) != (schedule.every_seconds, IntervalSchedule.SECONDS)

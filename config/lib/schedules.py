"""Schedules declared beside their code, and how they become rows of django-celery-beat."""

from dataclasses import dataclass, field
from typing import Any

from config.lib.registry import Registry


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a task runs: a crontab in UTC ("5 * * * *"), or every so many seconds."""

    key: str
    task: str
    description: str
    crontab: str = ""
    every_seconds: int = 0
    arguments: dict[str, Any] = field(default_factory=dict)

    @property
    def period_seconds(self) -> int:
        """At least so long it is from one turn to the next."""
        if self.every_seconds:
            return self.every_seconds
        minute, hour, day_of_month, _, day_of_week = self.crontab.split()
        if day_of_month != "*":
            return 28 * 86_400
        if day_of_week != "*":
            return 7 * 86_400
        if hour != "*":
            return int(hour.removeprefix("*/")) * 3_600 if hour.startswith("*/") else 86_400
        return _step(minute) * 60


def _step(minute: str) -> int:
    """Minutes from one turn to the next, of those within an hour."""
    if minute == "*":
        return 1
    return int(minute.removeprefix("*/")) if minute.startswith("*/") else 60


SCHEDULES: Registry[Schedule] = Registry("schedule")

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


SCHEDULES: Registry[Schedule] = Registry("schedule")

"""Numbers of the platform by hour: those that are counted in hourly_metrics, read as metrics of days are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from django.utils import timezone

from analytics.metrics import DayStates, State, confidence_of
from analytics.models import HourlyMetrics
from config.lib import buckets
from config.models import Workspace

ROLLUP = "hourly_metrics"
INSTANT = timedelta(microseconds=1)
# Columns of hourly_metrics that are numbers, which are the keys.
KEYS = tuple(
    field.name
    for field in HourlyMetrics._meta.concrete_fields  # noqa: SLF001 its public name
    if field.get_internal_type() == "IntegerField" and not field.is_relation
)


@dataclass(frozen=True, slots=True)
class Hour:
    """One number of the UTC hour that begins at `hour`; bots and test accounts are left out."""

    hour: datetime
    value: int
    data_points: int
    state: State
    confidence: Literal["high", "medium", "low"]
    calculated_at: datetime | None


def read(key: str, workspace: Workspace, first: date, last: date) -> list[Hour]:
    """The numbers of every hour that begins on the days from first to last of the workspace's zone; hours of nobody
    are 0. Raises KeyError for what is not counted by hour.
    """
    if key not in KEYS:
        raise KeyError(key)
    zone = workspace.zone
    # A day of a zone that is off by a part of an hour begins within one, which is the day before's.
    start = buckets.hour_start(buckets.day_start(first, zone) + buckets.HOUR - INSTANT)
    end = buckets.day_start(last + buckets.DAY, zone)
    rows = HourlyMetrics.objects.filter(workspace=workspace, hour__gte=start, hour__lt=end)
    found = {row["hour"]: row for row in rows.values("hour", "calculated_at", key)}
    states = DayStates(workspace, ROLLUP)
    hours = []
    for hour in buckets.hours(start, end):
        row = found.get(hour)
        value = row[key] if row else 0
        state = _state(hour, states, buckets.day_of(hour, zone))
        filled = row["calculated_at"] if row else states.filled_at
        hours.append(Hour(hour, value, value, state, confidence_of(value, state), filled))
    return hours


def _state(hour: datetime, states: DayStates, day: date) -> State:
    if hour + buckets.HOUR > timezone.now():
        return "open"
    late = states.watermark is None or hour >= states.watermark or states.waiting.touches(day, day + buckets.DAY)
    return "settling" if late else "closed"

"""Time cut into buckets, half-open, by the calendar of a time zone. Pure."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

Bucket = TypeVar("Bucket", date, datetime)

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    """The calendar day of an instant."""
    return moment.astimezone(zone).date()


# A fill asks for the same days for each of a hundred rollups.
@lru_cache(10_000)
def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a calendar day, in UTC. A day has 23 or 25 hours where the clocks change."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def days(start: date, end: date) -> Iterator[date]:
    """Each day of [start, end)."""
    while start < end:
        yield start
        start += DAY


def hour_start(moment: datetime) -> datetime:
    """The first instant of the UTC hour."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def hours(start: datetime, end: datetime) -> Iterator[datetime]:
    """Each hour that begins in [start, end); start is the beginning of one."""
    while start < end:
        yield start
        start += HOUR


def days_of_hour(hour: datetime, zone: ZoneInfo) -> set[date]:
    """The calendar days that a UTC hour touches: two, where a zone is off by a part of an hour."""
    return {day_of(hour, zone), day_of(hour + HOUR - timedelta(microseconds=1), zone)}


def ranges(buckets: Iterable[Bucket], step: timedelta, most: int) -> Iterator[tuple[Bucket, Bucket]]:
    """Buckets as half-open ranges [first, after last) of neighbours, none longer than `most` buckets."""
    first: Bucket | None = None
    last: Bucket | None = None
    count = 0
    for bucket in sorted(buckets):
        if first is not None and last is not None and bucket == last + step and count < most:
            count += 1
        else:
            if first is not None and last is not None:
                yield first, last + step
            first, count = bucket, 1
        last = bucket
    if first is not None and last is not None:
        yield first, last + step

"""Buckets of every grain, in time zones where days and weeks are not all of one length."""

from datetime import UTC, datetime

import pytest

from analytics.rollups.rollup import Rollup
from tests.factories.config import WorkspaceFactory


def bounds(grain, zone, *moment):
    workspace = WorkspaceFactory.build(time_zone=zone)
    rollup = Rollup(key="x", title="X", table="x", grain=grain)
    start = rollup.bucket_of(datetime(*moment, tzinfo=UTC), workspace)
    return start, rollup.after(start, workspace)


def utc(*moment):
    return datetime(*moment, tzinfo=UTC)


@pytest.mark.parametrize(
    ("grain", "zone", "moment", "found"),
    [
        ("hour", "Asia/Kolkata", (2026, 3, 4, 12, 59), (utc(2026, 3, 4, 12), utc(2026, 3, 4, 13))),
        ("day", "Europe/Vienna", (2026, 3, 29, 12), (utc(2026, 3, 28, 23), utc(2026, 3, 29, 22))),
        ("day", "Europe/Vienna", (2026, 10, 25, 12), (utc(2026, 10, 24, 22), utc(2026, 10, 25, 23))),
        ("week", "UTC", (2026, 3, 4), (utc(2026, 3, 2), utc(2026, 3, 9))),
        ("week", "Europe/Vienna", (2026, 3, 29, 12), (utc(2026, 3, 22, 23), utc(2026, 3, 29, 22))),
        ("month", "UTC", (2026, 2, 28, 23), (utc(2026, 2, 1), utc(2026, 3, 1))),
        ("month", "America/New_York", (2026, 3, 1, 2), (utc(2026, 2, 1, 5), utc(2026, 3, 1, 5))),
        ("month", "UTC", (2024, 12, 31), (utc(2024, 12, 1), utc(2025, 1, 1))),
    ],
)
def test_a_bucket_begins_and_ends_by_the_calendar_of_the_zone(grain, zone, moment, found):
    assert bounds(grain, zone, *moment) == found


@pytest.mark.parametrize(("grain", "count"), [("day", 365), ("week", 53), ("month", 12)])
def test_the_buckets_of_a_year_follow_each_other_without_a_gap(grain, count):
    workspace = WorkspaceFactory.build(time_zone="Europe/Vienna")
    rollup = Rollup(key="x", title="X", table="x", grain=grain)
    first = rollup.bucket_of(utc(2026, 1, 1), workspace)
    found = rollup.between(first, utc(2026, 12, 31, 23), workspace)
    assert len(found) == count
    assert [rollup.after(bucket, workspace) for bucket in found[:-1]] == found[1:]

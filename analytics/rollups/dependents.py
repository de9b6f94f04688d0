"""Which buckets a change reaches: those of the rollups it is about and of all that depend on them, all the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from itertools import accumulate

from django.utils import timezone

from analytics.rollups.engine import open_buckets, reached
from analytics.rollups.extent import first_instant
from analytics.rollups.rollup import ROLLUPS, Rollup, in_order
from config.lib import buckets
from config.models import Workspace

# Rollup key -> buckets.
Wanted = dict[str, set[datetime]]


def of_days(workspace: Workspace, chosen: Callable[[Rollup], bool], first: date, end: date) -> Wanted:
    """Buckets of the chosen rollups that a change on the days [first, end) is about, up to now."""
    now, earliest = timezone.now(), first_instant(workspace)
    if earliest is None:
        return {}
    start = earliest if first <= earliest.date() else buckets.day_start(first, workspace.zone)
    stop = now if end > now.date() + buckets.DAY else min(buckets.day_start(end, workspace.zone), now)
    if start >= stop:
        return {}
    return {one.key: _past(reached(one, workspace, [(start, stop)]), now) for one in ROLLUPS if chosen(one)}


def of_hours(workspace: Workspace, hours: Iterable[datetime]) -> Wanted:
    """Buckets of the rollups that read events, where those of these hours count otherwise."""
    now, touched = timezone.now(), list(buckets.ranges(hours, buckets.HOUR, 31 * 24))
    return {one.key: _past(reached(one, workspace, touched), now) for one in ROLLUPS if one.reads_events}


def _past(found: set[datetime], now: datetime) -> set[datetime]:
    return {bucket for bucket in found if bucket <= now}


def united(one: Wanted, other: Wanted) -> Wanted:
    return {key: one.get(key, set()) | other.get(key, set()) for key in one.keys() | other.keys()}


def with_dependents(workspace: Workspace, wanted: Wanted) -> Wanted:
    """Those and what follows from them."""
    now, found = timezone.now(), {key: set(those) for key, those in wanted.items() if those}
    for rollup in in_order():
        for dependent in ROLLUPS:
            reach = dependent.depends_on.get(rollup.key)
            # Without a reach only filling tells which buckets change.
            if reach is not None and found.get(rollup.key):
                later = _later(dependent, reach, found[rollup.key], workspace, now)
                found[dependent.key] = found.get(dependent.key, set()) | later
    return found


def _later(dependent: Rollup, reach: int, changed: set[datetime], workspace: Workspace, now: datetime) -> set[datetime]:
    """The dependent's buckets of the changed ones and `reach` after each, as far as they have begun."""
    row = dependent.between(dependent.bucket_of(min(changed), workspace), now + timedelta.resolution, workspace)
    number = {bucket: n for n, bucket in enumerate(row)}
    begins = [0] * (len(row) + 1)
    for bucket in changed:
        if (n := number.get(dependent.bucket_of(bucket, workspace))) is not None:
            begins[n] += 1
            begins[min(n + reach + 1, len(row))] -= 1
    return {bucket for bucket, open_ in zip(row, accumulate(begins), strict=False) if open_}


def open_all(workspace: Workspace, wanted: Wanted) -> int:
    """Open them and what follows from them; how many that are."""
    found = with_dependents(workspace, wanted)
    open_buckets(workspace, found)
    return sum(map(len, found.values()))

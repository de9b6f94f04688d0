"""What the runs of the past say: how long a run usually takes, and how long runs are kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from config.lib.sql import statement
from config.models import Run

USUAL_DURATIONS = statement("config", "usual_durations")
OLD_RUNS = statement("config", "old_runs")
# Of how many runs the usual duration is, and from how many on it says anything.
MOST_COMPARED, FEWEST_COMPARED = 30, 5
# Slow is what takes at least twice the median and lies beyond the usual spread (Tukey's far fence); a second more or
# less is nothing.
TIMES_MEDIAN, TIMES_SPREAD, NOTHING = 2, 3, timedelta(seconds=1)
PRUNED_AT_ONCE = 5_000
Kind = tuple[str, int | None]


@dataclass(frozen=True, slots=True)
class Band:
    """The usual duration of a kind of run: half of the latest that succeeded took from low to high."""

    low: timedelta
    median: timedelta
    high: timedelta
    runs: int

    def is_slow(self, duration: timedelta) -> bool:
        """Whether it took unusually long; never by few runs."""
        if self.runs < FEWEST_COMPARED or duration < self.median + NOTHING:
            return False
        return duration > max(TIMES_MEDIAN * self.median, self.high + TIMES_SPREAD * (self.high - self.low))


def bands(runs: Iterable[Run]) -> dict[Kind, Band]:
    """The usual durations of these runs' kinds, by name and workspace; kinds that never succeeded are missing."""
    kinds = sorted({(run.name, run.workspace_id or 0) for run in runs})
    if not kinds:
        return {}
    names, workspaces = zip(*kinds, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(USUAL_DURATIONS, {"names": list(names), "workspaces": list(workspaces), "most": MOST_COMPARED})
        return {
            (name, workspace): Band(_seconds(low), _seconds(median), _seconds(high), number)
            for name, workspace, low, median, high, number in cursor.fetchall()
        }


def _seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def prune() -> int:
    """Delete runs that began longer ago than RUN_KEEP_DAYS; how many. 0 days keep all."""
    if not settings.RUN_KEEP_DAYS:
        return 0
    before = timezone.now() - timedelta(days=settings.RUN_KEEP_DAYS)
    deleted = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(OLD_RUNS, {"before": before, "most": PRUNED_AT_ONCE})
            old = [pk for (pk,) in cursor.fetchall()]
        # Rows that name a run, such as replays, lose its name: Django sees to it.
        Run.objects.filter(pk__in=old).delete()
        deleted += len(old)
        if len(old) < PRUNED_AT_ONCE:
            return deleted

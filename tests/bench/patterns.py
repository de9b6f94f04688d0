"""The shipped abuse patterns, as the job of the minute searches them."""

import time
from datetime import timedelta

from moderation import pattern_hits, patterns
from moderation.models import Pattern, PatternHour
from tests.bench.report import figure
from tests.bench.rollups import analyse, begin, write_day


def measure(count):
    """All of them in a run of the job, over an hour that is new and over the same again."""
    workspace, day = begin(1)
    write_day(workspace, day, count, hours=1)
    found, took = run(workspace, day, day)
    figure(f"{len(patterns.DEFAULTS)} abuse patterns over an hour of {count:,} events", took, "< 60 s", "s")
    figure("  hits that were new", found)
    found, took = run(workspace, day, day)
    figure("  the same again, with nothing new", took, "< 60 s", "s")
    assert found == 0


def measure_last_hour(count):
    """What a window of a day costs, of which one hour is searched."""
    workspace, day = begin(1)
    write_day(workspace, day, count)
    _, took = run(workspace, day, day + timedelta(hours=22))
    figure(f"the same over an hour of a day of {count:,} events", took, "< 60 s", "s")


def run(workspace, day, hour):
    """(new hits, seconds) of the job, for which that hour has news."""
    analyse()
    patterns.ensure(workspace.pk)
    Pattern.objects.filter(workspace=workspace).update(enabled=True, enabled_at=day - timedelta(days=1))
    PatternHour.objects.create(workspace=workspace, hour=hour)
    started = time.perf_counter()
    done = pattern_hits.find(workspace)
    assert not done.failed, done.failed
    return done.found, time.perf_counter() - started

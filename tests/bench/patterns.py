"""The shipped abuse patterns over an hour of events, as the job of the minute searches them."""

import time
from datetime import timedelta

from moderation import pattern_hits, patterns
from moderation.models import Pattern, PatternHour
from tests.bench.report import figure
from tests.bench.rollups import analyse, begin, write_day


def measure(count):
    """Each of them, and all in a run of the job."""
    workspace, day = begin(1)
    write_day(workspace, day, count, hours=1)
    analyse()
    patterns.ensure(workspace.pk)
    mine = Pattern.objects.filter(workspace=workspace)
    mine.update(enabled=True, enabled_at=day - timedelta(days=1))
    PatternHour.objects.create(workspace=workspace, hour=day)
    started = time.perf_counter()
    done = pattern_hits.find(workspace)
    figure(
        f"{mine.count()} abuse patterns over an hour of {count:,} events", time.perf_counter() - started, "< 60 s", "s"
    )
    assert not done.failed, done.failed
    figure("  hits that were new", done.found)
    PatternHour.objects.create(workspace=workspace, hour=day)
    started = time.perf_counter()
    done = pattern_hits.find(workspace)
    figure("  the same again, with nothing new", time.perf_counter() - started, "< 60 s", "s")
    assert (done.found, done.failed) == (0, [])

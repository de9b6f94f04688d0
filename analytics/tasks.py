"""Scheduled work of this room."""

from datetime import date

from django.db import DEFAULT_DB_ALIAS
from django_pgviews.models import ViewRefresher

from analytics import arrivals, realtime, recount
from analytics.rollups import backfill, engine, pace
from config.models import Workspace
from config.runs import Recorder, job


@job(pace.FILL, per_workspace=True, needed=pace.is_due)
def fill(recorder: Recorder, workspace: Workspace) -> None:
    """Every open bucket of every rollup."""
    _report(backfill.fill(workspace, recorder=recorder), recorder)


@job("analytics.fill_hours", per_workspace=True, needed=pace.is_resting)
def fill_hours(recorder: Recorder, workspace: Workspace) -> None:
    """The rollups by hour alone, while the days of a large workspace rest."""
    _report(engine.bring_up_to_date(workspace, recorder=recorder, only=pace.hourly()), recorder)


@job("analytics.backfill", per_workspace=True)
def backfill_days(recorder: Recorder, workspace: Workspace, *, first: str, last: str, rollup: str = "") -> None:
    """The days from first to last (YYYY-MM-DD) again, of one rollup and what follows from it, or of all."""
    days = date.fromisoformat(first), date.fromisoformat(last)
    _report(backfill.run(workspace, *days, rollup, recorder=recorder), recorder)


def _report(done: engine.Fill, recorder: Recorder) -> None:
    recorder.rows_in = done.buckets
    if done.failed:
        raise RuntimeError("; ".join(f"{key}: {error}" for key, error in done.failed.items()))


@job("analytics.reconcile_realtime", per_workspace=True, needed=realtime.is_stale)
def reconcile_realtime(recorder: Recorder, workspace: Workspace) -> None:
    """Counters that missed events while Redis was away, or that Redis lost."""
    recorder.rows_out = realtime.rebuild(workspace)
    recorder.say("The counters were built again from the events")


@job("analytics.keep_arrivals", per_workspace=True, needed=arrivals.any_to_keep)
def keep_arrivals(recorder: Recorder, workspace: Workspace) -> None:
    """Counts of what came in, from Redis into their table."""
    recorder.rows_out = arrivals.keep(workspace)


@job("analytics.recount", per_workspace=True)
def recount_sample(recorder: Recorder, workspace: Workspace) -> None:
    """The truth meter: a random sample of numbers, counted anew from the events and compared."""
    row, outcome = recount.nightly(workspace)
    recorder.rows_in, recorder.rows_out = row.checked, row.drifted
    recorder.say(f"{row.checked} numbers compared, {row.drifted} not as the events say, {row.left_out} left out")
    for one in outcome.drifts[:20]:
        recorder.say(recount.told(one))


@job("analytics.refresh_views")
def refresh_views(recorder: Recorder) -> None:
    """Every materialised view, beside its old rows, so that readers wait for nothing."""
    ViewRefresher().run(concurrently=True, strict=True, using=DEFAULT_DB_ALIAS)
    recorder.say("All views were refreshed")

"""Scheduled work of this room."""

from django.db.models import QuerySet
from django.utils import timezone

from config.models import Workspace
from config.runs import Recorder, job
from ingestion import anomalies, partitions, quarantine, replays, source_databases, spool, sweep
from ingestion.models import SourceDatabase


@job("ingestion.make_partitions")
def make_partitions(recorder: Recorder) -> None:
    """Partitions for the coming days."""
    made = partitions.ensure_ahead(timezone.now().date())
    recorder.rows_out = len(made)
    recorder.say(f"Made {len(made)} partitions: {', '.join(map(str, made)) or 'all were there'}")


@job("ingestion.drain_spool", needed=lambda _: bool(spool.state().batches))
def drain_spool(recorder: Recorder) -> None:
    """Store what came while PostgreSQL was away."""
    done = spool.drain(recorder.say)
    recorder.rows_in, recorder.rows_out = done.events, done.accepted
    recorder.say(f"Drained {done.batches} batches of {done.events} events; {done.accepted} were new")
    if done.dropped:
        recorder.say(f"{done.dropped} batches were of sources that are no longer there")


@job("ingestion.sweep_duplicates", per_workspace=True, needed=sweep.is_needed)
def sweep_duplicates(recorder: Recorder, workspace: Workspace) -> None:
    """Events that were stored under two times, because they were sent again without one or by a clock that is off."""
    sweep.recorded_sweep(recorder, workspace)


@job("ingestion.replay_quarantine", per_workspace=True, needed=lambda place: replays.unfinished(place).exists())
def replay_quarantine(recorder: Recorder, workspace: Workspace) -> None:
    """Store what passes now of the quarantined events that operators want replayed."""
    replays.run(recorder, workspace)


@job("ingestion.clean_quarantine", per_workspace=True)
def clean_quarantine(recorder: Recorder, workspace: Workspace) -> None:
    """Delete what was not stored and is older than its source keeps it."""
    recorder.rows_out = quarantine.delete_old(workspace, timezone.now())
    recorder.say(f"Deleted {recorder.rows_out} events that came last longer ago than their source keeps them")


def _due(workspace: Workspace) -> QuerySet[SourceDatabase]:
    return source_databases.due(source_databases.enabled(workspace))


@job("ingestion.poll_sources", per_workspace=True, needed=lambda one: source_databases.anything_waits(_due(one)))
def poll_sources(recorder: Recorder, workspace: Workspace) -> None:
    """Read the outboxes of the team's own databases."""
    done = source_databases.poll_all(_due(workspace), recorder.say)
    recorder.rows_in, recorder.rows_out = done.rows, done.accepted


@job("ingestion.find_anomalies", per_workspace=True, needed=anomalies.is_needed)
def find_anomalies(recorder: Recorder, workspace: Workspace, *, late: bool = False) -> None:
    """Flag events of impossible rates: of the last two hours or, in the night, of all days that events came for."""
    found = anomalies.find_late(workspace) if late else anomalies.find_recent(workspace)
    recorder.rows_out = found.events
    recorder.say(f"{found.anomalies} anomalies stand; the flag of {found.events} events changed")

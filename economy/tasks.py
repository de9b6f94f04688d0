"""Scheduled work of this room."""

from config.models import Workspace
from config.runs import Recorder, job
from economy import applying, health, leaderboards, levels, rings


@job("economy.apply_rules", per_workspace=True, needed=applying.anything_waits)
def apply_rules(recorder: Recorder, workspace: Workspace) -> None:
    """Move the points that events cost and earn, or that the team's application told of."""
    done = applying.apply(workspace, recorder.say)
    recorder.rows_in, recorder.rows_out = done.events, done.moved
    recorder.say(
        f"{done.events} events: {done.moved} moved points, {done.refused} were refused, {done.capped} held back, "
        f"{done.known} done before"
    )


@job(health.JOB, per_workspace=True)
def check_health(recorder: Recorder, workspace: Workspace) -> None:
    """Inflation, deflation, inequality, and whether the ledger adds up."""
    found = health.check(workspace)
    recorder.rows_in, recorder.rows_out = len(found), sum(one.is_well is False for one in found.values())
    for key, one in found.items():
        state = "cannot be told" if one.is_well is None else "well" if one.is_well else "FAILS"
        recorder.say(f"{key}: {state}. {one.said}")


@job("economy.rebuild_leaderboards", per_workspace=True)
def rebuild_leaderboards(recorder: Recorder, workspace: Workspace) -> None:
    """Points and posts, of all time and by period."""
    recorder.rows_out = leaderboards.rebuild(workspace)


@job("economy.note_levels", per_workspace=True, needed=levels.anything_new)
def note_levels(recorder: Recorder, workspace: Workspace) -> None:
    """Who reached which level by the transfers since the last time."""
    recorder.rows_out = levels.note(workspace)


@job("economy.find_rings", per_workspace=True)
def find_rings(recorder: Recorder, workspace: Workspace) -> None:
    """Points that people pass on until they come back."""
    recorder.rows_out = rings.note(workspace)
    recorder.say(f"{recorder.rows_out} rings that were not there before")

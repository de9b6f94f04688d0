"""Scheduled work of this room."""

from config.models import Workspace
from config.runs import Recorder, job
from moderation import arrivals


@job("moderation.take_events", per_workspace=True, needed=arrivals.anything_waits)
def take_events(recorder: Recorder, workspace: Workspace) -> None:
    """Make cases of the reports that events tell of, and close those that they decide."""
    done = arrivals.take(workspace, recorder.say)
    recorder.rows_in, recorder.rows_out = done.taken + done.waiting + done.refused, done.taken
    recorder.say(f"Took {done.taken} events; {done.waiting} wait for their report, {done.refused} were refused")

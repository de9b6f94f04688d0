"""Scheduled work of this room."""

from django.utils import timezone

from config.models import Workspace
from config.runs import Recorder, job
from moderation import arrivals, deliveries, pattern_hits, service_levels
from moderation.models.service_levels import PRIORITIES


@job("moderation.take_events", per_workspace=True, needed=arrivals.anything_waits)
def take_events(recorder: Recorder, workspace: Workspace) -> None:
    """Make cases of the reports that events tell of, and close those that they decide."""
    done = arrivals.take(workspace, recorder.say)
    recorder.rows_in, recorder.rows_out = done.taken + done.waiting + done.refused, done.taken
    recorder.say(f"Took {done.taken} events; {done.waiting} wait for their report, {done.refused} were refused")


@job("moderation.deliver_webhooks", per_workspace=True, needed=deliveries.anything_waits)
def deliver_webhooks(recorder: Recorder, workspace: Workspace) -> None:
    """Tell the team's own application what was decided."""
    sent = deliveries.deliver(workspace)
    recorder.rows_in, recorder.rows_out = sent.accepted + sent.failed + sent.given_up, sent.accepted
    recorder.say(f"Accepted {sent.accepted}; {sent.failed} are tried again later, {sent.given_up} were given up")


@job("moderation.forget_deliveries")
def forget_deliveries(recorder: Recorder) -> None:
    """Delete the messages to applications that ended a month ago."""
    recorder.rows_out = deliveries.forget(timezone.now() - deliveries.KEPT_FOR)
    recorder.say(f"Deleted {recorder.rows_out}")


@job("moderation.find_patterns", per_workspace=True, needed=pattern_hits.anything_waits)
def find_patterns(recorder: Recorder, workspace: Workspace) -> None:
    """Search what came for the abuse patterns that are switched on, and report what is met."""
    done = pattern_hits.find(workspace, recorder.say)
    recorder.rows_out = done.found
    recorder.say(f"Found {done.found} hits; {done.grown} have grown")
    if done.failed:
        raise RuntimeError(f"Not searched: {', '.join(done.failed)}; the log says why")


@job("moderation.service_levels", per_workspace=True, needed=service_levels.anything_to_look_at)
def look_at_service_levels(recorder: Recorder, workspace: Workspace) -> None:
    """Note the cases that wait longer than they may, and those that do no more."""
    found = service_levels.look(workspace)
    recorder.rows_out = found.new.total()
    for priority, label in PRIORITIES:
        if found.new[priority]:
            recorder.say(f"{label}: {found.new[priority]} wait longer than they may")
    recorder.say(f"{found.new.total()} new, {found.over} over")

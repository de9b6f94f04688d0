"""Scheduled work of this room."""

from config.runs import Recorder, job
from privacy import access_log


@job("privacy.prune_access_log")
def prune_access_log(recorder: Recorder) -> None:
    """Records of long ago."""
    recorder.rows_out = access_log.prune()
    recorder.say(f"Deleted {recorder.rows_out} records of the access log")

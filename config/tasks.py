"""Scheduled work of this room."""

from celery import shared_task

from config import health, run_history
from config.runs import Recorder, job


@shared_task(name="config.heartbeat", ignore_result=True)
def heartbeat() -> None:
    """Says that beat, broker and a worker are alive; too small and too often for a Run row."""
    health.beat()


@job("config.prune_runs")
def prune_runs(recorder: Recorder) -> None:
    """Runs of long ago."""
    recorder.rows_out = run_history.prune()
    recorder.say(f"Deleted {recorder.rows_out} runs")

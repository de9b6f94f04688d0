"""Scheduled work of this room."""

from django.utils import timezone

from config.runs import Recorder, job
from ingestion import partitions


@job("ingestion.make_partitions")
def make_partitions(recorder: Recorder) -> None:
    """Partitions for the coming days."""
    made = partitions.ensure_ahead(timezone.now().date())
    recorder.rows_out = len(made)
    recorder.say(f"Made {len(made)} partitions: {', '.join(map(str, made)) or 'all were there'}")

"""Scheduled work of this room."""

from celery import shared_task

from config import health


@shared_task(name="config.heartbeat", ignore_result=True)
def heartbeat() -> None:
    """Says that beat, broker and a worker are alive; too small and too often for a Run row."""
    health.beat()

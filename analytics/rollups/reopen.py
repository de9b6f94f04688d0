"""Who tells the engine that a bucket has to be filled again."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from config.lib.buckets import hour_start
from config.lib.sql import statement
from config.models import Workspace
from ingestion.sinks import Stored

# The engine takes a bucket for over OVER_AFTER its end, a writer reports an hour ALREADY_OVER after its end: the
# minutes between are the time a writing transaction has to commit and two clocks have to differ.
ALREADY_OVER = timedelta(minutes=1)
OVER_AFTER = timedelta(minutes=5)
TOUCH_HOURS = statement("analytics", "touch_hours")


def touched_hours(stored: Stored) -> None:
    """Sink, inside the transaction: note the hours that were over when their events came."""
    over = hour_start(stored.stored_at - ALREADY_OVER)
    touch(stored.source.workspace_id, {hour_start(e.occurred_at) for e in stored.events if e.occurred_at < over})


def removed(workspace: Workspace, moments: list[datetime]) -> None:
    """Note the hours that events were taken out of."""
    touch(workspace.pk, set(map(hour_start, moments)))


def touch(workspace_id: int, hours: set[datetime]) -> None:
    """Note UTC hours whose events have changed. Appends only, so nobody waits for anybody."""
    if hours:
        with connection.cursor() as cursor:
            cursor.execute(TOUCH_HOURS, [workspace_id, sorted(hours)])

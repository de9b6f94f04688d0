"""Which hours have news for the patterns that are switched on: noted with the events and reports that bring them."""

from __future__ import annotations

import time
from datetime import timedelta
from functools import partial

from config.lib.buckets import hour_start
from ingestion.models import EventType
from ingestion.sinks import Stored, Write
from moderation import patterns
from moderation.models import Pattern, PatternHour, Report
from moderation.patterns import REPORT_TYPE

# How long a process may go on with what it knows of the patterns. The job looks at all hours for a while after one was
# switched on, so that nothing is missed.
FRESH_SECONDS = 3.0
SETTLES_FOR = timedelta(minutes=5)
# workspace: (when it was looked up, names of event types)
_known: dict[int, tuple[float, frozenset[str]]] = {}


def forget() -> None:
    _known.clear()


def note(stored: Stored) -> Write | None:
    """Sink."""
    workspace_id = stored.source.workspace_id
    names = _names(workspace_id)
    hours = {hour_start(event.occurred_at) for event in stored.events if event.name in names} if names else set()
    rows = [PatternHour(workspace_id=workspace_id, hour=hour) for hour in sorted(hours)]
    return partial(PatternHour.objects.bulk_create, rows) if rows else None


def note_report(report: Report) -> None:
    """In the transaction of the report."""
    enabled = Pattern.objects.filter(workspace=report.workspace_id, enabled=True).select_related("workspace")
    if any(REPORT_TYPE in patterns.listens_to(one) for one in enabled):
        PatternHour.objects.create(workspace_id=report.workspace_id, hour=hour_start(report.submitted_at))


def _names(workspace_id: int) -> frozenset[str]:
    """Names of the events that are looked at, as of a moment ago."""
    looked_at, names = _known.get(workspace_id, (0.0, frozenset()))
    if not looked_at or time.monotonic() > looked_at + FRESH_SECONDS:
        enabled = Pattern.objects.filter(workspace=workspace_id, enabled=True).select_related("workspace")
        types = {pk for one in enabled for pk in patterns.listens_to(one)}
        names = (
            frozenset(EventType.objects.filter(pk__in=types).values_list("name", flat=True)) if types else frozenset()
        )
        _known[workspace_id] = time.monotonic(), names
    return names

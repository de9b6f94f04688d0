"""Impossible rates: minutes in which one person sent more events by a source than a person can.

Looked for by a job, since counting at the door would cost every batch a round trip for what happens rarely. The events
are stored and counted as before; they carry a flag, and whoever looks at the anomaly may take it off again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Self

from django.db import connection, transaction
from django.db.models import Max, Min, QuerySet
from django.utils import timezone

from config.lib.locks import lock_in_transaction
from config.lib.sql import statement
from config.models import User, Workspace
from ingestion import sweep
from ingestion.flags import Flag
from ingestion.models import Anomaly, Source

FIND = statement("ingestion", "find_anomalies")
MARK = statement("ingestion", "mark_anomalies")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
# The job comes every hour; what comes later than this is looked at in the night.
RECENT = timedelta(hours=2)


@dataclass(slots=True)
class Found:
    """anomalies of the range that stand, events whose flag changed, and anomalies that are none any more."""

    anomalies: int = 0
    events: int = 0
    lapsed: int = 0

    def __iadd__(self, other: Found) -> Self:
        self.anomalies += other.anomalies
        self.events += other.events
        self.lapsed += other.lapsed
        return self


def is_needed(workspace: Workspace) -> bool:
    """Whether any source has a limit and events came within the last days."""
    limited = Source.objects.filter(workspace=workspace, anomalous_above__isnull=False)
    return limited.exists() and sweep.is_needed(workspace)


def find_recent(workspace: Workspace) -> Found:
    """Of the last two hours."""
    end = _minute(timezone.now())
    return find(workspace, end - RECENT, end)


def find_late(workspace: Workspace) -> Found:
    """Of all days that events came for within the last days."""
    found = Found()
    for day in sweep.days_of(workspace):
        start = datetime.combine(day, time(), UTC)
        found += find(workspace, start, start + DAY)
    return found


def find(workspace: Workspace, start: datetime, end: datetime) -> Found:
    """Look at the whole minutes from start to end, with the limits of now: twice finds nothing new, and what a limit
    that was raised allows loses its flag.
    """
    start, end = _minute(start), _minute(end)
    with transaction.atomic():
        lock_in_transaction(f"ingestion.anomalies:{workspace.pk}")
        parameters: dict[str, Any] = {
            "workspace_id": workspace.pk,
            "start": start,
            "end": end,
            "no_person": int(Flag.NO_PERSON),
        }
        with connection.cursor() as cursor:
            cursor.execute(FIND, parameters)
            standing = [pk for (pk,) in cursor.fetchall()]
        rows = Anomaly.objects.filter(workspace=workspace, minute__gte=start, minute__lt=end, cleared_at__isnull=True)
        lapsed = rows.exclude(pk__in=standing)
        # First off, then on: a person who is another's by now may be in both.
        events = _mark(workspace, lapsed, flagged=False)
        count, _ = lapsed.delete()
        events += _mark(workspace, rows.filter(pk__in=standing), flagged=True)
    return Found(len(standing), events, count)


def clear(anomalies: QuerySet[Anomaly], by: User | None) -> int:
    """Somebody says that they are none: their events lose the flag, and are not flagged again."""
    return _decide(anomalies.filter(cleared_at__isnull=True), cleared_at=timezone.now(), cleared_by=by)


def restore(anomalies: QuerySet[Anomaly]) -> int:
    """Undo clear()."""
    return _decide(anomalies.filter(cleared_at__isnull=False), cleared_at=None, cleared_by=None)


def _decide(anomalies: QuerySet[Anomaly], **decision: Any) -> int:
    decided = 0
    for workspace in Workspace.objects.filter(pk__in=anomalies.values("workspace")):
        with transaction.atomic():
            lock_in_transaction(f"ingestion.anomalies:{workspace.pk}")
            ids = list(anomalies.filter(workspace=workspace).values_list("pk", flat=True))
            chosen = Anomaly.objects.filter(workspace=workspace, pk__in=ids)
            decided += chosen.update(**decision)
            _mark(workspace, chosen, flagged=decision["cleared_at"] is None)
    return decided


def _mark(workspace: Workspace, anomalies: QuerySet[Anomaly], *, flagged: bool) -> int:
    """Events whose flag changed."""
    ids = list(anomalies.values_list("pk", flat=True))
    if not ids:
        return 0
    ends = anomalies.aggregate(first=Min("minute"), last=Max("minute"))
    parameters = {
        "workspace_id": workspace.pk,
        "anomalies": ids,
        "start": ends["first"],
        "end": ends["last"] + MINUTE,
        "flag": int(Flag.ANOMALOUS),
        "flagged": flagged,
    }
    with connection.cursor() as cursor:
        cursor.execute(MARK, parameters)
        return int(cursor.rowcount)


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)

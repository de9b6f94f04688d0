"""The access log summed up for an audit: who read what, how often, and how much they were told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Max, Min, Q, Sum

from config.lib import buckets
from config.models import Workspace
from privacy.models import AccessRecord

ANSWERED = Q(status__in=(200, 304))


@dataclass(frozen=True, slots=True)
class Line:
    """Reads of one path by one reader. told: of answers; refused: of 4xx, 429 among them. rows: told in all."""

    who: str
    path: str
    reads: int
    told: int
    refused: int
    rows: int
    first_at: datetime
    last_at: datetime


def report(workspace: Workspace, first: date, last: date) -> list[Line]:
    """Of the days of the workspace's zone, both included; whoever was told most first."""
    start, end = (buckets.day_start(day, workspace.zone) for day in (first, last + buckets.DAY))
    found = (
        AccessRecord.objects.filter(workspace=workspace, at__gte=start, at__lt=end)
        .order_by()
        .values_list("who", "path")
        .annotate(
            reads=Count("pk"),
            told=Count("pk", filter=ANSWERED),
            refused=Count("pk", filter=~ANSWERED),
            told_rows=Sum("rows"),
            first_at=Min("at"),
            last_at=Max("at"),
        )
    )
    return sorted((Line(*row) for row in found), key=lambda line: (-line.rows, -line.reads, line.who, line.path))

"""Cases that wait longer than they may: found by a job, each noted once, and over when they are decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone

from config.alerts import Alert, tell
from config.lib.locks import lock_in_transaction
from config.lib.sql import statement
from config.models import Workspace
from moderation import webhooks
from moderation.models import Breach, Case, Delivery, ServiceLevel, Severity
from moderation.models.cases import AT_ONCE, OPEN

FIND = statement("moderation", "find_breaches")
END = statement("moderation", "end_breaches")
# Named in one alert.
MOST_CASES = 100
HOUR, DAY = timedelta(hours=1), timedelta(hours=24)
# priority: how long a case may wait for its decision
DEFAULTS = {AT_ONCE: HOUR, Severity.CRITICAL: HOUR, Severity.HIGH: HOUR, Severity.MEDIUM: DAY, Severity.LOW: DAY}


@dataclass(slots=True)
class Found:
    """Breaches that are new, by priority, and how many are over."""

    new: Counter[int] = field(default_factory=Counter)
    over: int = 0


@dataclass(frozen=True, slots=True)
class Late:
    """Cases of one priority that wait too long now."""

    label: str
    cases: int
    within_minutes: int

    @property
    def within(self) -> str:
        hours, minutes = divmod(self.within_minutes, 60)
        return f"{self.within_minutes} min" if minutes else f"{hours} h"


def ensure(workspace_id: int) -> None:
    """Write the rows that are missing. At once with others, each is written once."""
    there = set(ServiceLevel.objects.filter(workspace=workspace_id).values_list("priority", flat=True))
    missing = [
        ServiceLevel(workspace_id=workspace_id, priority=priority, within_minutes=within // timedelta(minutes=1))
        for priority, within in DEFAULTS.items()
        if priority not in there
    ]
    if missing:
        ServiceLevel.objects.bulk_create(missing, ignore_conflicts=True)


def anything_to_look_at(workspace: Workspace) -> bool:
    standing = Breach.objects.filter(workspace=workspace, over_at__isnull=True)
    return standing.exists() or Case.objects.filter(workspace=workspace, status__in=OPEN).exists()


def look(workspace: Workspace) -> Found:
    """As often as one likes: what was found stays as it is."""
    ensure(workspace.pk)
    parameters: dict[str, Any] = {"workspace_id": workspace.pk, "now": timezone.now()}
    with transaction.atomic(), connection.cursor() as cursor:
        lock_in_transaction(f"moderation.service_levels:{workspace.pk}")
        cursor.execute(END, parameters)
        over = cursor.rowcount
        cursor.execute(FIND, parameters)
        new = dict(cursor.fetchall())
        if new:
            _tell(workspace, new.keys())
        return Found(Counter(new.values()), over)


def _tell(workspace: Workspace, breaches: Collection[int]) -> None:
    """One alert of all that were found at one time."""
    first = Breach.objects.filter(pk__in=breaches).select_related("case").order_by("-priority", "due_at", "pk")
    cases = [_waits(one) for one in first[:MOST_CASES]]
    tell(Alert(workspace.pk, Delivery.Kind.OVERDUE, "overdue", {"number": len(breaches), "cases": cases}))


def _waits(breach: Breach) -> dict[str, Any]:
    case = breach.case
    return {
        "case": case.pk,
        "content_type": webhooks.content_type(case),
        "content_id": case.target_id,
        "priority": breach.priority,
        "opened_at": case.opened_at.isoformat(),
        "due_at": breach.due_at.isoformat(),
    }


def late(workspace_id: int) -> list[Late]:
    """What was found and is still open, the most urgent first."""
    standing = Breach.objects.filter(workspace=workspace_id, over_at__isnull=True, case__status__in=OPEN)
    counted = dict(standing.order_by().values_list("priority").annotate(cases=Count("pk")))
    levels = ServiceLevel.objects.filter(workspace=workspace_id, priority__in=counted).order_by("-priority")
    return [Late(level.get_priority_display(), counted[level.priority], level.within_minutes) for level in levels]

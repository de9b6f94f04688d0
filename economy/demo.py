"""The forum of the demo has points from its first day on, by the default rules."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone

from config.lib.buckets import day_of
from config.models import Workspace
from economy import applying, arrivals, rules, tasks
from economy.rules import Mode
from ingestion.models import Event

FORUM = "forum"


def move_points(workspace: Workspace) -> None:
    """What the past costs and earns; later events follow by themselves. Twice changes nothing."""
    if workspace.slug != FORUM:
        return
    first = Event.objects.filter(workspace=workspace).earliest("occurred_at").occurred_at
    first_day = day_of(first, workspace.zone)
    rules.load_forum(workspace, first_day)
    rules.set_mode(workspace, Mode.RULES)
    arrivals.forget()
    arrivals.again(workspace, first_day, day_of(timezone.now(), workspace.zone))
    applying.apply(workspace)
    with connection.cursor() as cursor:
        # Autovacuum comes too late for the rollups, which would take the ledger for empty.
        cursor.execute("ANALYZE economy_transfer, economy_account")


def look(workspace: Workspace) -> None:
    """What jobs do by night and every quarter of an hour, at once: the demo is looked at now."""
    if workspace.slug == FORUM:
        tasks.note_levels(workspace.slug)
        tasks.rebuild_leaderboards(workspace.slug)
        tasks.check_health(workspace.slug)

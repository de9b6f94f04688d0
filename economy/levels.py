"""Who reached which level by points, and when: told by the ledger, with the definition `levels`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from analytics import levels
from config.lib.buckets import day_of
from config.lib.locks import lock_in_transaction
from config.lib.sql import statement
from config.models import Workspace
from economy.models import LedgerHead, LevelReached, LevelState

REACHED = statement("economy", "levels_reached")


def anything_new(workspace: Workspace) -> bool:
    """Whether there are transfers, or levels, that note() has not seen."""
    state = LevelState.objects.filter(workspace=workspace).first()
    head = LedgerHead.objects.filter(workspace=workspace).first()
    if head is None or head.number == 0:
        return False
    return state is None or state.number < head.number or state.levels != _table(workspace)


def note(workspace: Workspace) -> int:
    """Note the levels reached by the transfers since the last time; all anew where the levels are others by now.

    How many were noted.
    """
    with transaction.atomic():
        lock_in_transaction(f"economy.levels:{workspace.pk}")
        table, state = _table(workspace), LevelState.objects.filter(workspace=workspace).first()
        noted = LevelReached.objects.filter(workspace=workspace)
        if state is None or state.levels != table:
            noted.delete()
            state = LevelState(workspace=workspace, number=0, levels=table)
        before = noted.count()
        parameters: dict[str, Any] = {"workspace_id": workspace.pk, "after": state.number, "levels": json.dumps(table)}
        with connection.cursor() as cursor:
            cursor.execute(REACHED, parameters)
            (number,) = cursor.fetchone()
        state.number = number or state.number
        state.save()
        return noted.count() - before


def _table(workspace: Workspace) -> list[dict[str, Any]]:
    """The levels that hold today."""
    return [asdict(one) for one in levels.table(workspace, day_of(timezone.now(), workspace.zone))]

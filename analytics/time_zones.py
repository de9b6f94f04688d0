"""Another time zone for a workspace: every day begins elsewhere, so all that is told by days is filled again.

Old numbers stay until their day is filled, and say that they are settling. What is told by UTC hours stays.
"""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from analytics import realtime
from analytics.definition_changes import Applied
from analytics.rollups.engine import open_buckets
from analytics.rollups.extent import first_instant
from analytics.rollups.rollup import ROLLUPS
from config.lib import buckets
from config.lib.locks import lock_in_transaction
from config.models import Workspace


def change(workspace: Workspace, name: str) -> Applied:
    """Give the workspace the zone and open the buckets of all days. Raises ValidationError for what is no zone or its
    own already.
    """
    if name == workspace.time_zone:
        raise ValidationError(f"{name} is its time zone already.")
    with transaction.atomic():
        lock_in_transaction(f"definitions:{workspace.pk}")
        before = workspace.time_zone
        workspace.time_zone = name
        try:
            workspace.clean_fields(exclude={"name", "slug", "consent_policy", "ignored_ids", "uuid"})
        except ValidationError:
            workspace.time_zone = before
            raise
        workspace.save(update_fields=["time_zone"])
        opened = _open_all(workspace)
        realtime.recount(workspace.pk)
    return Applied(opened, [])


def _open_all(workspace: Workspace) -> int:
    start = first_instant(workspace)
    if start is None:
        return 0
    # Where it is tomorrow already by the zone before, tomorrow has rows, which must go.
    end = timezone.now() + buckets.DAY
    wanted = {
        rollup.key: set(rollup.between(rollup.bucket_of(start, workspace), end, workspace))
        for rollup in ROLLUPS
        if rollup.grain != "hour"
    }
    open_buckets(workspace, wanted)
    return sum(map(len, wanted.values()))

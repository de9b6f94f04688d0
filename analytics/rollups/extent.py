"""How far back the rollups of a workspace go."""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from psycopg import sql

from analytics.rollups.rollup import ROLLUPS
from config.lib import buckets
from config.models import Workspace


def first_instant(workspace: Workspace) -> datetime | None:
    """The beginning of the first day that any rollup has a row of."""
    parts = [
        sql.SQL("SELECT min({}::timestamptz) FROM {} WHERE workspace_id = {}").format(
            sql.Identifier(rollup.bucket_column), sql.Identifier(rollup.table), sql.Literal(workspace.pk)
        )
        for rollup in ROLLUPS
        if not rollup.own_delete
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT min(min) FROM ({}) AS found").format(sql.SQL(" UNION ALL ").join(parts)))
        (found,) = cursor.fetchone()
    # A day comes as its midnight in UTC, which may be in the middle of the zone's day before or after it.
    return None if found is None else buckets.day_start((found - buckets.DAY).date(), workspace.zone)

"""How the indices of wellbeing are spread over people."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from django.db import connection

from config.lib.buckets import DAY
from config.lib.sql import statement
from config.models import Workspace

Index = Literal["flourish_index", "add_value_index"]
BANDS = range(0, 100, 10)
INDEX_BANDS = statement("analytics", "index_bands")


def bands(workspace: Workspace, index: Index, first: date, last: date, *, with_bots: bool = False) -> dict[int, int]:
    """People by the mean of their days, in bands of 10 points, all of which are there; nobody in any of them is {}."""
    parameters: dict[str, Any] = {
        "workspace_id": workspace.pk,
        "date_start": first,
        "date_end": last + DAY,
        "with_bots": with_bots,
    }
    with connection.cursor() as cursor:
        cursor.execute(INDEX_BANDS.format(index=index), parameters)
        found = dict(cursor.fetchall())
    return {band: found.get(band, 0) for band in BANDS} if found else {}

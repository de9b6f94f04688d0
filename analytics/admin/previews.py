"""What a preview of a change shows, how one that was made is filled, and how far that is."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse

from analytics.admin.drawings import shown
from analytics.change_previews import Preview
from analytics.definitions import Turned
from analytics.models import OpenBucket
from analytics.rollups.rollup import ROLLUPS
from config.admin.runs import BrokerAway, send
from config.models import Workspace
from config.permissions import Area, may
from ingestion.masking import MASK
from ingestion.models import Actor

MOST_DAYS = 31
MOST_COLUMNS = 40
MOST_PEOPLE = 50


def context_of(found: Preview) -> dict[str, Any]:
    """For admin/analytics/definitions/preview.html."""
    return {
        "total": found.total,
        "days": found.days_in_all,
        "rollups": [(ROLLUPS[key].title, count) for key, count in found.buckets.items()],
        "first": found.first,
        "last": found.last,
        "looked_at": found.looked_at,
        "whole": found.looked_at == found.days_in_all,
        "changed_days": len(found.changed_days),
        "rows": [
            {
                "key": row.metric.key,
                "title": row.metric.title,
                "before": shown(row.metric.unit, row.before),
                "after": shown(row.metric.unit, row.after),
                "count": len(row.days),
                "days": [
                    (day, shown(row.metric.unit, before), shown(row.metric.unit, after))
                    for day, before, after in row.days[:MOST_DAYS]
                ],
            }
            for row in found.rows
        ],
        "columns": [
            (one.rollup.title, one.name.replace("_", " "), one.before, one.after)
            for one in found.columns[:MOST_COLUMNS]
        ],
    }


def people_of(request: HttpRequest, workspace: Workspace, people: list[Turned]) -> list[dict[str, Any]]:
    """Ids that count otherwise, those of most days first; masked for whoever may not see ids."""
    most = sorted(people, key=lambda one: -len(one.days))[:MOST_PEOPLE]
    may_see = may(request.user, "view", Area.DISTINCT_IDS, workspace.pk)
    rows = Actor.objects.filter(workspace=workspace, actor_id__in=[one.actor_id for one in most])
    names = dict(rows.values_list("actor_id", "distinct_id"))
    return [
        {
            "name": names.get(one.actor_id, str(one.actor_id)) if may_see else MASK,
            "url": reverse("admin:person", args=[workspace.slug, one.actor_id])
            if may(request.user, "view", Area.PEOPLE, workspace.pk)
            else "",
            "turns": "in part" if one.more and one.less else "out of the counts" if one.more else "into the counts",
            "days": len(one.days),
        }
        for one in most
    ]


def fill(request: HttpRequest, workspace: Workspace) -> None:
    """Hand the filling to the workers, and say so."""
    try:
        send("analytics.fill", {"workspace": workspace.slug})
    except BrokerAway as error:
        messages.warning(request, f"{error} The days are filled by the next fill, at five past the hour.")


def progress_of(request: HttpRequest, workspace: Workspace) -> dict[str, Any] | None:
    """How far the filling is that ?filling=NUMBER of buckets was begun with; None where none was."""
    asked = request.GET.get("filling", "")
    if not (asked.isascii() and asked.isdecimal() and len(asked) < 10):  # noqa: PLR2004 more would be no number of ours
        return None
    total, left = int(asked), OpenBucket.objects.filter(workspace=workspace).count()
    filled = max(total - left, 0)
    return {
        "total": total,
        "left": left,
        "filled": filled,
        "percent": 100 if not left else 100 * filled // max(total, 1),
    }

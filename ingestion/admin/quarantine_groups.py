"""What waits in the quarantine, in groups: seen over time, tried, replayed, discarded."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, Min, Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from config.admin.site import PAGES
from config.models import Workspace
from config.permissions import Area, may, workspaces_of
from ingestion import previews, quarantine, remapping
from ingestion.admin.quarantine_addresses import asked_by, group_url, selection_of, workspace_of
from ingestion.admin.quarantine_replays import AT_ONCE, discard, may_map_fields, start
from ingestion.masking import masked_errors
from ingestion.models import EventType, QuarantinedEvent, Replay
from ingestion.quarantine import CHARTED_DAYS, Selection
from ingestion.remedies import REMEDIES

MOST_GROUPS = 100
LATEST_EVENTS, LATEST_REPLAYS = 20, 5
# Whose errors are counted by path.
MOST_COMPARED = 500
MOST_PATHS = 10
TYPE_REASONS = {QuarantinedEvent.Reason.SCHEMA, QuarantinedEvent.Reason.UNKNOWN_TYPE}


def bars(days: dict[date, int]) -> list[dict[str, Any]]:
    """A bar for each of the last CHARTED_DAYS, oldest first; height is in percent of the highest day's."""
    today, most = timezone.now().date(), max(days.values(), default=0)
    shown = [today - timedelta(days=CHARTED_DAYS - 1 - number) for number in range(CHARTED_DAYS)]
    heights = [max(round(100 * days.get(day, 0) / max(most, 1)), 4) for day in shown]
    return [
        {"x": number * 10, "day": day, "count": days.get(day, 0), "height": height, "top": 100 - height}
        for number, (day, height) in enumerate(zip(shown, heights, strict=True))
    ]


@never_cache
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """The groups of ?workspace= or, without it, of the one in which most waits."""
    waiting = Count("pk", filter=Q(status=QuarantinedEvent.Status.WAITING))
    workspaces = list(workspaces_of(request.user, Area.QUARANTINE))
    if not workspaces:
        raise PermissionDenied
    counts = dict(
        QuarantinedEvent.objects.filter(workspace__in=workspaces)
        .order_by()
        .values_list("workspace")
        .annotate(waiting=waiting)
    )
    workspace = workspace_of(request, default=max(workspaces, key=lambda one: counts.get(one.pk, 0)))
    groups = quarantine.groups(workspace, Selection(), MOST_GROUPS + 1)
    context = {
        **admin.site.each_context(request),
        "title": "Quarantine",
        "workspace": workspace,
        "workspaces": [(one, counts.get(one.pk, 0)) for one in workspaces],
        "waiting": counts.get(workspace.pk, 0),
        "groups": [
            {
                "group": group,
                "bars": bars(group.days),
                "recent": sum(group.days.values()),
                "url": group_url(workspace, Selection(reason=group.reason, event_name=group.event_name)),
            }
            for group in groups[:MOST_GROUPS]
        ],
        "more": len(groups) > MOST_GROUPS,
        "charted_days": CHARTED_DAYS,
        "replays": _latest_replays(workspace),
    }
    return TemplateResponse(request, "admin/ingestion/quarantine/overview.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def group(request: HttpRequest) -> HttpResponse:
    """What ?workspace=, ?reason=, ?event=, ?source= and ?id= select. POST with `do` replays or discards it."""
    workspace = workspace_of(request)
    selection = selection_of(request, workspace)
    if request.method == "POST":
        if not may(request.user, "change", Area.QUARANTINE, workspace.pk):
            raise PermissionDenied
        act = discard if request.POST.get("do") == "discard" else start
        return act(request, workspace, selection)
    return TemplateResponse(request, "admin/ingestion/quarantine/group.html", _context(request, workspace, selection))


def _context(request: HttpRequest, workspace: Workspace, selection: Selection) -> dict[str, Any]:
    rows = selection.waiting(workspace)
    counted = rows.aggregate(
        events=Count("pk"), first=Min("received_at"), last=Max("last_received_at"), up_to=Max("pk")
    )
    one = rows.first() if selection.id is not None else None
    reason = selection.reason or (one.reason if one else None)
    name = one.event_name if one else selection.event_name
    days: Counter[date] = Counter()
    for found in quarantine.groups(workspace, selection):
        days.update(found.days)
    chart = bars(days)
    may_map = may_map_fields(request, workspace)
    changes = request.GET.get("changes", "") if may_map else ""
    forecast, error = _forecast(workspace, selection, changes) if "preview" in request.GET else (None, "")
    return {
        **admin.site.each_context(request),
        "title": "Quarantine",
        "workspace": workspace,
        "selection": selection,
        "one": one,
        "label": QuarantinedEvent.Reason(reason).label if reason else "Any reason",
        "name": name,
        "remedy": REMEDIES[QuarantinedEvent.Reason(reason)] if reason else "",
        "bars": chart,
        "highest": max(bar["count"] for bar in chart),
        "sources": _sources(workspace, selection),
        "errors": _errors(request, workspace, selection),
        "latest": rows.select_related("source").order_by("-last_received_at", "-pk")[:LATEST_EVENTS],
        "replays": _latest_replays(workspace),
        "may_change": may(request.user, "change", Area.QUARANTINE, workspace.pk),
        "forecast": forecast,
        "changes": changes,
        "changes_error": error,
        "may_map": may_map,
        "most_lines": remapping.MOST_STEPS,
        "failing_paths": sorted(forecast.paths.items(), key=lambda item: -item[1])[:MOST_PATHS] if forecast else [],
        "worth_it": forecast is not None and forecast.changes_something,
        "failing": [(QuarantinedEvent.Reason(key).label, count) for key, count in sorted(forecast.failing.items())]
        if forecast
        else [],
        "asked": asked_by(selection).items(),
        "url": group_url(workspace, selection),
        "at_once": AT_ONCE,
        **_event_type(request, workspace, reason, name),
        **counted,
    }


def _forecast(workspace: Workspace, selection: Selection, changes: str) -> tuple[previews.Forecast | None, str]:
    """What a replay would do, or None and what is wrong with the changes."""
    try:
        return previews.preview(workspace, selection, remapping.parse(changes)), ""
    except ValueError as error:
        return None, str(error)


def _event_type(request: HttpRequest, workspace: Workspace, reason: str | None, name: str | None) -> dict[str, Any]:
    """Where its schema is edited, for what a schema mends."""
    if reason not in TYPE_REASONS or not name or not may(request.user, "view", Area.EVENT_TYPES, workspace.pk):
        return {}
    kind = EventType.objects.filter(workspace=workspace, name=name).first()
    if kind is not None:
        return {"event_type_url": reverse("admin:ingestion_eventtype_change", args=[kind.pk])}
    asked = urlencode({"name": name, "workspace": workspace.pk})
    return {"declare_url": f"{reverse('admin:ingestion_eventtype_add')}?{asked}"}


def _sources(workspace: Workspace, selection: Selection) -> list[dict[str, Any]]:
    """Whose events these are, and when the first of them goes by its retention."""
    rows = selection.waiting(workspace).order_by()
    fields = ("source", "source__name", "source__quarantine_days")
    counted = rows.values(*fields).annotate(events=Count("pk"), oldest=Min("last_received_at")).order_by("-events")
    return [
        {
            "name": row["source__name"],
            "events": row["events"],
            "goes": row["oldest"] + timedelta(days=row["source__quarantine_days"]),
            "days": row["source__quarantine_days"],
            "page": reverse("admin:ingestion_source_change", args=[row["source"]]),
            "only": group_url(workspace, replace(selection, source=row["source"])),
        }
        for row in counted
    ]


def _errors(request: HttpRequest, workspace: Workspace, selection: Selection) -> list[dict[str, Any]]:
    """Where the latest events are wrong, most often first, each place with one of its messages."""
    unmasked = may(request.user, "view", Area.PERSONAL_DATA, workspace.pk)
    counts: Counter[str] = Counter()
    messages_by_path: dict[str, str] = {}
    rows = selection.waiting(workspace).order_by("-pk").values_list("errors", flat=True)[:MOST_COMPARED]
    for errors in rows:
        for error in errors if unmasked else masked_errors(errors):
            counts[error["path"]] += 1
            messages_by_path.setdefault(error["path"], error["message"])
    return [
        {"path": path, "count": count, "message": messages_by_path[path]}
        for path, count in counts.most_common(MOST_PATHS)
    ]


def _latest_replays(workspace: Workspace) -> list[Replay]:
    return list(Replay.objects.filter(workspace=workspace).select_related("asked_by")[:LATEST_REPLAYS])


PAGES += [
    path("quarantine/", admin.site.admin_view(overview), name="quarantine"),
    path("quarantine/group/", admin.site.admin_view(group), name="quarantine_group"),
]

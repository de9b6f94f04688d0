"""The control room as a page of the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.views.decorators.http import require_safe

from analytics.admin.dashboards import chosen
from analytics.admin.drawings import card, charts_of, day_words, drawing
from analytics.dashboards import numbers
from analytics.spans import RANGES, last_days
from config.admin.site import PAGES
from config.models import Workspace
from config.permissions import Area, may, workspaces_of
from economy import control_room
from economy.control_room import CONTROL_ROOM
from economy.models import PointEconomyDaily
from ingestion import people


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Of ?workspace= (slug; remembered in the session) over ?days=. 404 for a workspace of others."""
    if not may(request.user, "view", Area.POINTS):
        raise PermissionDenied
    workspaces = list(workspaces_of(request.user, Area.POINTS))
    context = {**admin.site.each_context(request), "title": CONTROL_ROOM.title}
    if not workspaces:
        return TemplateResponse(request, "admin/dashboards/nowhere.html", context, status=403)
    workspace = chosen(request, workspaces)
    asked = request.GET.get("days", "")
    days = int(asked) if asked in {str(number) for number in RANGES} else RANGES[0]
    context |= {"workspace": workspace, "workspaces": workspaces, "days": days, "ranges": RANGES}
    checks, run = control_room.looked_at(workspace)
    context |= {"checks": checks, "looked_at": run and run.finished_at}
    if PointEconomyDaily.objects.filter(workspace=workspace).exists():
        context |= _numbers(workspace, days)
    return TemplateResponse(request, "admin/economy/control_room.html", context)


def _numbers(workspace: Workspace, days: int) -> dict[str, Any]:
    found = numbers(CONTROL_ROOM, workspace, last_days(workspace, days))
    supply, *others = charts_of(found)
    # With today, which is not over.
    flows = control_room.flows(workspace, found.span.first, found.series["supply"][0].values[-1].date)
    charts = [supply]
    if flows.series:
        labels = [day_words(day) for day in flows.days]
        title = "Sources and sinks"
        charts.append(
            drawing(
                "flows", title, kind="bar", labels=labels, states=list(flows.states), series=flows.series, stacked=True
            )
        )
    if curve := control_room.lorenz(workspace):
        labels = [f"{5 * part} %" for part in range(len(curve))]
        alike: list[Any] = [5 * part for part in range(len(curve))]
        series: dict[str, list[Any]] = {"They hold, in %": curve, "If all had the same": alike}
        charts.append(
            drawing(
                "lorenz",
                "What the poorest hold now",
                kind="line",
                labels=labels,
                states=["closed"] * len(labels),
                series=series,
                of="Poorest",
            )
        )
    charts += others
    top = control_room.top(workspace)
    names = people.names(workspace.pk, {person for rows in top.values() for person, _ in rows})
    return {
        "cards": [card(figure) for figure in found.figures],
        "charts": charts,
        "chart_data": [chart["data"] for chart in charts if not chart["is_empty"]],
        "top": [
            (title, [(person, names.get(person, str(person)), points) for person, points in top[way]])
            for way, title in (("earned", "Top earners"), ("spent", "Top spenders"))
        ],
        "top_days": control_room.TOP_DAYS,
    }


PAGES += [path("points/", admin.site.admin_view(page), name="point_economy")]

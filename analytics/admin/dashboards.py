"""Dashboards as pages of the admin: who may look, of which workspace, over how many days."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

from analytics import realtime, recount
from analytics.admin.drawings import charts_of
from analytics.admin.filters import Filters, filters_of
from analytics.admin.panels import panels_for, told_to
from analytics.admin.shown import Shown, shown
from analytics.dashboards import DASHBOARDS, Dashboard, Numbers
from analytics.panels import Asked
from analytics.rollups.rollup import ROLLUPS
from config.admin.site import PAGES
from config.lib.csv_text import csv_text
from config.models import User, Workspace
from config.permissions import Area, may, workspaces_of
from privacy.access_log import Read, Reader, record

WORKSPACE_KEY = "dashboard_workspace"
# hit, stale or miss, as the API says it.
HOW = "X-Cache"


@require_safe
def page(request: HttpRequest, dashboard: Dashboard) -> HttpResponse:
    """A dashboard of ?workspace= (slug; remembered in the session), of the days and all else that filters_of reads.

    404 for a workspace of others.
    """
    workspaces = list(workspaces_of(request.user))
    context = {**admin.site.each_context(request), "title": dashboard.title, "dashboard": dashboard}
    if not workspaces:
        return TemplateResponse(request, "admin/dashboards/nowhere.html", context, status=403)
    workspace = chosen(request, workspaces)
    filters = filters_of(request, workspace, dashboard)
    found, how = shown(request.user, filters)
    context |= {
        "workspace": workspace,
        "workspaces": workspaces,
        "days": filters.days,
        "filters": filters,
        "kept": filters.kept,
        "shown": found,
        **_truth(request, workspace),
        "live": live_values(workspace),
        "live_socket": "/api/realtime/metrics" if settings.LIVE_SOCKETS else "",
        "live_url": f"{reverse('admin:dashboard_live')}?workspace={workspace.slug}",
    }
    if found.begins is None:
        context["events_url"] = request.build_absolute_uri(reverse("events"))
        return TemplateResponse(request, "admin/dashboards/empty.html", context)
    context |= _widgets(request, filters, found)
    return TemplateResponse(request, "admin/dashboards/dashboard.html", context, headers={HOW: how.value})


def _widgets(request: HttpRequest, filters: Filters, found: Shown) -> dict[str, Any]:
    """Cards, charts and panels, each with where it is explained and exported."""
    workspace, dashboard = filters.workspace, filters.selection.dashboard
    explains = may(request.user, "view", Area.ROLLUPS, workspace.pk)

    def links(widget: str, rollups: Iterable[str]) -> dict[str, Any]:
        export = f"{reverse(f'admin:dashboard_{dashboard.key}_export', args=[widget])}?{filters.query}"
        keys = dict.fromkeys(rollups) if explains else ()
        query = urlencode({"workspace": workspace.slug})
        return {
            "export": export,
            "explain": [(ROLLUPS[key].title, f"{reverse('admin:rollup', args=[key])}?{query}") for key in keys],
        }

    asked = filters.selection.asked
    return {
        "cards": [one | links("cards", one["rollups"]) for one in found.cards],
        "cards_export": links("cards", [])["export"],
        "charts": [one | links(one["key"], one["rollups"]) for one in found.charts],
        "chart_data": [one["data"] for one in found.charts if not one["is_empty"]],
        "panels": [one | links(one["key"], one["rollups"]) for one in found.panels],
        "controls": [
            (key, words, [(name, asked.get(key) == name) for name in names]) for key, words, names in found.controls
        ],
        "group": filters.selection.group,
        "untold_widgets": [one for one in found.untold if one.kind in {"chart", "cohorts", "table"}],
    }


@require_safe
def export(request: HttpRequest, widget: str, dashboard: Dashboard) -> HttpResponse:
    """The table of a widget as CSV, with the filters of the page: `cards`, or the key of a chart or panel."""
    workspaces = list(workspaces_of(request.user))
    if not workspaces:
        raise Http404("There is no such workspace, or it is not yours")
    workspace = chosen(request, workspaces)
    filters = filters_of(request, workspace, dashboard)
    if filters.wrong:
        return HttpResponse(filters.wrong, status=400, content_type="text/plain; charset=utf-8")
    selection = filters.selection
    panels = panels_for(request.user, selection.dashboard.panels, workspace)
    panel = next((one for one in panels if one.key == widget), None)
    if panel is not None and selection.group is not None:
        return HttpResponse(selection.group.not_told, status=400, content_type="text/plain; charset=utf-8")
    if panel is not None:
        table = told_to(request.user, panel, Asked(workspace, filters.span, filters.with_bots))
        heads, rows = [column.title for column in table.columns], table.rows
    else:
        found = selection.numbers(workspace, filters.span, with_bots=filters.with_bots)
        if any(one.kind in {"chart", "cohorts"} and one.key == widget for one in found.untold):
            assert found.group is not None
            return HttpResponse(found.group.not_told, status=400, content_type="text/plain; charset=utf-8")
        heads, rows = _table_of(found, widget)
    name = f"{workspace.slug}-{dashboard.key}-{widget}-{filters.span.first}-{filters.span.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    assert isinstance(request.user, User)
    read = Read(workspace.pk, dict(request.GET.items()), len(rows))
    record(Reader(request.user.email, user_id=request.user.pk), read, "GET", request.path, 200)
    return HttpResponse(csv_text(heads, rows), content_type="text/csv; charset=utf-8", headers=headers)


def _table_of(found: Numbers, widget: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Raises Http404 for a widget that the dashboard does not have."""
    if widget == "cards":
        rows: list[tuple[Any, ...]] = [
            (one.metric.title, one.value, one.before, one.first, one.last, one.state, one.confidence, one.data_points)
            for one in found.figures
        ]
        if found.group:
            untold = (one.title for one in found.untold if one.kind == "card")
            rows += [(title, None, None, None, None, found.group.not_told, None, None) for title in untold]
        return ["Number", "Value", "Before", "From", "To", "State", "Confidence", "Data points"], rows
    chart = next((one for one in charts_of(found) if one["key"] == widget), None)
    if chart is None:
        raise Http404("There is no such widget")
    return [chart["of"], *chart["heads"], "State"], [(label, *values, state) for label, values, state in chart["rows"]]


def _truth(request: HttpRequest, workspace: Workspace) -> dict[str, Any]:
    """How true the numbers were found last, and where whoever may see it finds more."""
    found = recount.latest(workspace)
    if found is None or not may(request.user, "view", Area.ROLLUPS, workspace.pk):
        return {"truth": found}
    if found.drifted:
        return {"truth": found, "truth_url": reverse("admin:analytics_recount_change", args=[found.pk])}
    return {"truth": found, "truth_url": f"{reverse('admin:analytics_recount_changelist')}?workspace={workspace.slug}"}


def chosen(request: HttpRequest, workspaces: list[Workspace]) -> Workspace:
    """Of ?workspace=, else the one looked at last, else the first. Raises Http404 for one that is not among them."""
    by_slug = {workspace.slug: workspace for workspace in workspaces}
    asked = request.GET.get("workspace")
    if asked is not None:
        if asked not in by_slug:
            raise Http404("There is no such workspace, or it is not yours")
        request.session[WORKSPACE_KEY] = asked
        return by_slug[asked]
    return by_slug.get(request.session.get(WORKSPACE_KEY, ""), workspaces[0])


@require_safe
@never_cache
def live(request: HttpRequest) -> JsonResponse:
    """{as_of, dau, online, events_per_minute} of ?workspace=; numbers are null while Redis cannot be asked."""
    if not admin.site.has_permission(request):
        return JsonResponse({"code": "not_logged_in", "message": "Log in to the admin.", "details": {}}, status=401)
    workspace = workspaces_of(request.user).filter(slug=request.GET.get("workspace", "")).first()
    if workspace is None:
        error = {"code": "not_found", "message": "There is no such workspace, or it is not yours.", "details": {}}
        return JsonResponse(error, status=404)
    return JsonResponse(live_values(workspace))


def live_values(workspace: Workspace) -> dict[str, Any]:
    now = realtime.live(workspace)
    return {"as_of": now.as_of, "dau": now.dau, "online": now.online, "events_per_minute": now.events_per_minute}


def urls() -> list[URLPattern]:
    """Pages of all dashboards; the first is where the admin begins."""
    wrap: Callable[..., Any] = admin.site.admin_view
    pages = [
        path(f"dashboards/{one.key}/", wrap(partial(page, dashboard=one)), name=f"dashboard_{one.key}")
        for one in DASHBOARDS
    ]
    exports = [
        path(
            f"dashboards/{one.key}/<slug:widget>.csv",
            wrap(partial(export, dashboard=one)),
            name=f"dashboard_{one.key}_export",
        )
        for one in DASHBOARDS
    ]
    first = RedirectView.as_view(pattern_name=f"admin:{pages[0].name}", query_string=True)
    return [
        path("", wrap(first), name="index"),
        path("dashboards/live/", live, name="dashboard_live"),
        *pages,
        *exports,
    ]


PAGES += urls()

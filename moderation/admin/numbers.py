"""Moderation in numbers: the metrics of the desk, and who carries how much of it, how well, and what comes of it."""

from __future__ import annotations

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from analytics import dashboards
from analytics.admin.dashboards import card, charts_of
from analytics.dashboards import RANGES, Chart, Dashboard
from config.admin.site import PAGES
from config.permissions import Area, may, workspaces_of
from ingestion.people import names
from moderation import numbers

DASHBOARD = Dashboard(
    key="moderation",
    title="Moderation in numbers",
    cards=(
        "reports_submitted",
        "reports_resolved",
        "reports_pending",
        "avg_resolution_time_hours",
        "time_to_claim",
        "active_moderators",
        "avg_reports_per_moderator",
        "overturn_rate",
    ),
    charts=(
        Chart("reports", "Reports by day", "line", ("reports_submitted", "reports_resolved", "reports_pending")),
        Chart("removed", "What was removed by day", "bar", ("posts_deleted", "comments_deleted")),
        Chart("banned", "Who was banned by day", "bar", ("users_banned_temp", "users_banned_perm")),
    ),
)


@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The numbers of ?workspace= over ?days=. Whoever may not change the rules sees of moderators themselves alone."""
    mine = list(workspaces_of(request.user, Area.MODERATION))
    if not mine:
        raise PermissionDenied
    slug = request.GET.get("workspace", mine[0].slug)
    workspace = next((one for one in mine if one.slug == slug), None)
    if workspace is None:
        raise Http404
    asked = request.GET.get("days", "")
    days = int(asked) if asked in {str(number) for number in RANGES} else RANGES[0]
    found = dashboards.numbers(DASHBOARD, workspace, days)
    charts = charts_of(found)
    moderators = numbers.moderators_seen_by(request.user, workspace, days)
    reporters = numbers.reporters(workspace, days)
    agreed, differing = numbers.double_reviews(workspace, days)
    people = {one.person_id for one in reporters} | {one.actor_id for one in moderators if one.actor_id is not None}
    context = {
        **admin.site.each_context(request),
        "title": DASHBOARD.title,
        "workspace": workspace,
        "workspaces": mine,
        "days": days,
        "ranges": RANGES,
        "cards": [card(figure) for figure in found.figures],
        "charts": charts,
        "chart_data": [chart["data"] for chart in charts],
        "freshness": found.freshness,
        "moderators": moderators,
        "sees_all": may(request.user, "change", Area.MODERATION_RULES, workspace.pk),
        "agreed": agreed,
        "differing": differing,
        "repeated": numbers.repeat_offences(workspace, days),
        "repeated_days": numbers.REPEATED_WITHIN.days,
        "reporters": reporters,
        "stay": numbers.reporters_stay(workspace, days),
        "names": names(workspace.pk, people),
        "may_see_people": may(request.user, "view", Area.PEOPLE, workspace.pk),
    }
    return TemplateResponse(request, "admin/moderation/numbers.html", context)


PAGES += [path("moderation/numbers/", admin.site.admin_view(page), name="moderation_numbers")]

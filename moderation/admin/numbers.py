"""Moderation in numbers: the metrics of the desk, and who carries how much of it, how well, and what comes of it."""

from __future__ import annotations

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from analytics.admin.drawings import card, charts_of
from analytics.dashboards import numbers as numbers_of
from analytics.spans import RANGES, last_days
from config.admin.site import PAGES
from config.permissions import Area, may, workspaces_of
from ingestion.people import names
from moderation import numbers
from moderation.dashboards import MODERATION

TITLE = "Moderation in numbers"


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
    found = numbers_of(MODERATION, workspace, last_days(workspace, days))
    charts = charts_of(found)
    span = numbers.span_of(workspace, days)
    moderators = numbers.moderators_seen_by(request.user, workspace, days)
    reporters = numbers.reporters(workspace, days)
    agreed, differing = numbers.double_reviews(workspace, days)
    people = {one.person_id for one in reporters} | {one.actor_id for one in moderators if one.actor_id is not None}
    context = {
        **admin.site.each_context(request),
        "title": TITLE,
        "workspace": workspace,
        "workspaces": mine,
        "days": days,
        "ranges": RANGES,
        "cards": [card(figure) for figure in found.figures],
        "charts": charts,
        "chart_data": [chart["data"] for chart in charts if not chart["is_empty"]],
        "freshness": found.freshness,
        "moderators": moderators,
        "sees_all": may(request.user, "change", Area.MODERATION_RULES, workspace.pk),
        "agreed": agreed,
        "differing": differing,
        "repeated": numbers.repeat_offences(workspace, *span),
        "repeated_days": numbers.REPEATED_WITHIN.days,
        "reporters": reporters,
        "stay": numbers.reporters_stay(workspace, *span),
        "names": names(workspace.pk, people),
        "may_see_people": may(request.user, "view", Area.PEOPLE, workspace.pk),
    }
    return TemplateResponse(request, "admin/moderation/numbers.html", context)


PAGES += [path("moderation/numbers/", admin.site.admin_view(page), name="moderation_numbers")]

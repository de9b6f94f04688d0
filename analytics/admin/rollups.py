"""Rollups of a workspace on one page: how far they are, which days are final, what failed, and filling them again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from unfold.widgets import INPUT_CLASSES, UnfoldAdminSelectWidget

from analytics import metrics
from analytics.metrics import DayStates, State
from analytics.rollups import backfill
from analytics.rollups.explain import RUN_NAMES, explained, lines
from analytics.rollups.rollup import ROLLUPS, in_order
from config.admin.runs import BrokerAway, send
from config.admin.site import PAGES
from config.lib import buckets
from config.models import Run, Workspace
from config.permissions import Area, may, workspaces_of

DAYS_SHOWN = 60
RUNS_SHOWN = 8
WORKSPACE_KEY = "rollups_workspace"
# So long the page waits for a worker to take what was sent.
PATIENCE_SECONDS = 60
LONGEST_NUMBER = 12


def a_day() -> forms.DateInput:
    """The browser's own field for a day: the admin's needs more scripts than a page of one form."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": " ".join(INPUT_CLASSES)})


class BackfillForm(forms.Form):
    """Which days of which rollup."""

    rollup = forms.ChoiceField(required=False, label="Rollup", widget=UnfoldAdminSelectWidget)
    first = forms.DateField(label="First day", widget=a_day())
    last = forms.DateField(label="Last day", widget=a_day())

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        choices = [("", "All rollups"), *((one.key, one.title) for one in in_order())]
        self.fields["rollup"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField has them

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        first, last = found.get("first"), found.get("last")
        for name, day in (("first", first), ("last", last)):
            if day is not None and not backfill.FIRST_DAY <= day <= self.today:
                self.add_error(name, f"A day from {backfill.FIRST_DAY} up to today.")
        if first and last and last < first:
            self.add_error("last", "The last day is before the first.")
        return found


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """Of ?workspace= (slug; remembered in the session). GET with days previews, POST fills."""
    workspaces = list(workspaces_of(request.user, Area.ROLLUPS))
    if not workspaces:
        raise PermissionDenied
    workspace = _chosen(request, workspaces)
    today = buckets.day_of(timezone.now(), workspace.zone)
    fills = may(request.user, "change", Area.ROLLUPS, workspace.pk)
    given = request.POST if request.method == "POST" else request.GET
    asked = "first" in given
    yesterday = today - buckets.DAY
    form = BackfillForm(given if asked else None, today=today, initial={"first": yesterday, "last": yesterday})
    if request.method == "POST":
        if not fills:
            raise PermissionDenied
        if not asked:
            return _start(request, workspace, "analytics.fill", {})
        if form.is_valid():
            return _start(request, workspace, "analytics.backfill", _arguments(form))
    steps = _plan(workspace, form) if asked and fills and form.is_valid() else None
    context = {
        **admin.site.each_context(request),
        "title": "Rollups",
        "workspace": workspace,
        "workspaces": workspaces,
        "fills": fills,
        "form": form,
        "steps": steps,
        "total": None if steps is None else sum(step.buckets for step in steps),
        "rows": None if steps is None else sum(step.rows or 0 for step in steps),
        "lines": lines(workspace),
        "days": _days(workspace, today),
        "watermark": DayStates(workspace).watermark,
        **_runs(request, workspace),
    }
    return TemplateResponse(request, "admin/analytics/rollups.html", context)


def _chosen(request: HttpRequest, workspaces: list[Workspace]) -> Workspace:
    by_slug = {workspace.slug: workspace for workspace in workspaces}
    asked = request.POST.get("workspace") or request.GET.get("workspace")
    if asked is None:
        return by_slug.get(request.session.get(WORKSPACE_KEY, ""), workspaces[0])
    if asked not in by_slug:
        raise Http404("There is no such workspace, or it is not yours")
    request.session[WORKSPACE_KEY] = asked
    return by_slug[asked]


def _arguments(form: BackfillForm) -> dict[str, Any]:
    found = form.cleaned_data
    return {"first": str(found["first"]), "last": str(found["last"]), "rollup": found["rollup"]}


def _plan(workspace: Workspace, form: BackfillForm) -> list[backfill.Step]:
    found = form.cleaned_data
    return backfill.plan(workspace, found["first"], found["last"], found["rollup"])


def _start(request: HttpRequest, workspace: Workspace, job: str, arguments: dict[str, Any]) -> HttpResponse:
    try:
        send(job, {"workspace": workspace.slug, **arguments})
    except BrokerAway as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, "Sent to the workers; below is how far it is as soon as one has begun.")
    sent = f"&sent={int(timezone.now().timestamp())}"
    return HttpResponseRedirect(f"{reverse('admin:rollups')}?workspace={workspace.slug}{sent}")


def _days(workspace: Workspace, today: date) -> list[tuple[date, State]]:
    """The latest days with the state of their numbers."""
    states = DayStates(workspace)
    begins = metrics.first_day(workspace) or today
    first = max(begins, today - timedelta(days=DAYS_SHOWN - 1))
    return [(day, states.of(day, day + buckets.DAY)) for day in buckets.days(min(first, today), today + buckets.DAY)]


def _runs(request: HttpRequest, workspace: Workspace) -> dict[str, Any]:
    """The latest fills, for whoever may see runs."""
    if not may(request.user, "view", Area.RUNS, workspace.pk):
        return {"runs": None, "at_work": [], "waits": False}
    runs = Run.objects.filter(workspace=workspace, name__in=RUN_NAMES).order_by("-started_at")
    at_work = [run for run in runs[:RUNS_SHOWN] if run.status == Run.Status.RUNNING]
    ended = [run for run in runs[:RUNS_SHOWN] if run not in at_work]
    return {"runs": ended, "at_work": at_work, "waits": _waits(request.GET.get("sent", ""), [*at_work, *ended])}


def _waits(sent: str, runs: list[Run]) -> bool:
    """Whether what was just sent has not begun yet."""
    if not sent.isdecimal() or len(sent) > LONGEST_NUMBER:
        return False
    begun = any(run.started_at.timestamp() >= int(sent) for run in runs)
    return not begun and timezone.now().timestamp() - int(sent) < PATIENCE_SECONDS


@require_safe
def one(request: HttpRequest, key: str) -> HttpResponse:
    """All there is to say of a rollup in ?workspace=: what --explain tells."""
    workspaces = list(workspaces_of(request.user, Area.ROLLUPS))
    if not workspaces:
        raise PermissionDenied
    if key not in ROLLUPS:
        raise Http404("There is no such rollup")
    workspace = _chosen(request, workspaces)
    facts = explained(ROLLUPS[key], workspace)
    context = {**admin.site.each_context(request), "title": facts["title"], "facts": facts, "workspace": workspace}
    return TemplateResponse(request, "admin/analytics/rollup.html", context)


PAGES += [
    path("rollups/", admin.site.admin_view(page), name="rollups"),
    path("rollups/<slug:key>/", admin.site.admin_view(one), name="rollup"),
]

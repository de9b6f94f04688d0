"""Replays and discards as the admin's pages ask for them, and what came of a replay."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from config.admin.runs import BrokerAway, send
from config.admin.site import PAGES
from config.models import Run, User, Workspace
from config.permissions import Action, Area, may, workspaces_of
from config.runs import AlreadyRunning, recorded
from ingestion import quarantine, replays
from ingestion.admin.quarantine_addresses import group_url, number_of
from ingestion.models import QuarantinedEvent, Replay
from ingestion.quarantine import Selection

JOB = "ingestion.replay_quarantine"
# So few are replayed before the answer; more are for a worker.
AT_ONCE = 200
# How long a replay may wait for the one before, and for a worker before the page says so.
PATIENCE, OVERDUE = timedelta(seconds=2), timedelta(seconds=60)


def may_map_fields(request: HttpRequest, workspace: Workspace) -> bool:
    """Whoever changes payloads decides what stands where, so it is for those who may read all of them."""
    places: list[tuple[Action, Area]] = [("change", Area.QUARANTINE), ("view", Area.PERSONAL_DATA)]
    return all(may(request.user, action, area, workspace.pk) for action, area in places)


def start(request: HttpRequest, workspace: Workspace, selection: Selection) -> HttpResponse:
    """Those that the preview was of: what came since waits."""
    seen = number_of(request.POST.get("up_to", ""))
    selection = replace(selection, up_to=seen)
    if not selection.waiting(workspace).exists():
        messages.warning(request, "Nothing of it waits any more: somebody else has decided on it.")
        return HttpResponseRedirect(group_url(workspace, selection))
    changes = request.POST.get("changes", "").replace("\r\n", "\n")
    if changes and not may_map_fields(request, workspace):
        raise PermissionDenied
    alone = not replays.unfinished(workspace).exists()
    try:
        done = replays.ask(workspace, selection, _user(request), changes)
    except ValueError as error:
        messages.error(request, f"Nothing was replayed: {error}")
        return HttpResponseRedirect(group_url(workspace, selection))
    if done.events <= AT_ONCE and alone:
        facts = {"workspace": workspace.slug}
        try:
            with recorded(
                JOB, workspace=workspace, arguments=facts, started_by=done.asked_by, wait=PATIENCE
            ) as recorder:
                replays.run(recorder, workspace)
        except AlreadyRunning:
            messages.info(request, "Another replay is at work; this one follows it.")
    else:
        _send(request, workspace)
    return HttpResponseRedirect(reverse("admin:quarantine_replay", args=[done.pk]))


def _user(request: HttpRequest) -> User:
    # admin_view lets nobody else in.
    assert isinstance(request.user, User)
    return request.user


def _send(request: HttpRequest, workspace: Workspace) -> None:
    try:
        send(JOB, {"workspace": workspace.slug})
    except BrokerAway as error:
        messages.warning(request, f"{error} It begins by itself within minutes of Redis being back.")


def discard(request: HttpRequest, workspace: Workspace, selection: Selection) -> HttpResponse:
    note = request.POST.get("note", "").replace("\x00", "").strip()
    seen = number_of(request.POST.get("up_to", ""))
    if not note:
        messages.error(request, "Nothing was discarded: say why, for those who look at it later.")
        return HttpResponseRedirect(group_url(workspace, selection))
    gone = quarantine.discard(workspace, replace(selection, up_to=seen), note, _user(request))
    messages.success(request, f"Discarded: {gone:,}. The payloads are gone; the rows stay with your note.")
    return HttpResponseRedirect(f"{reverse('admin:quarantine')}?{urlencode({'workspace': workspace.slug})}")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """What came of a replay, or comes of it at the moment. POST sends one that no worker has begun again."""
    rows = Replay.objects.filter(workspace__in=workspaces_of(request.user, Area.QUARANTINE))
    done = get_object_or_404(rows.select_related("workspace", "asked_by", "run"), pk=pk)
    if request.method == "POST":
        if not may(request.user, "change", Area.QUARANTINE, done.workspace_id):
            raise PermissionDenied
        _send(request, done.workspace)
        return HttpResponseRedirect(reverse("admin:quarantine_replay", args=[pk]))
    selection = Selection(**done.selection)
    context = {
        **admin.site.each_context(request),
        "title": "Replay",
        "done": done,
        "changes": done.changes if may_map_fields(request, done.workspace) else "",
        "workspace": done.workspace,
        "percent": 100 if done.finished_at else min(99, round(100 * done.looked_at / max(done.events, 1))),
        "overdue": done.finished_at is None and _silent_since(done) < timezone.now() - OVERDUE,
        "may_change": may(request.user, "change", Area.QUARANTINE, done.workspace_id),
        "may_see_run": may(request.user, "view", Area.RUNS, done.workspace_id),
        "failing": [
            {
                "label": QuarantinedEvent.Reason(reason).label,
                "count": count,
                "url": group_url(done.workspace, replace(selection, reason=reason, up_to=None)),
            }
            for reason, count in sorted(done.failing.items())
        ],
        "group_url": group_url(done.workspace, selection),
    }
    return TemplateResponse(request, "admin/ingestion/quarantine/replay.html", context)


def _silent_since(done: Replay) -> datetime:
    """When a worker should have begun; one that is at work is not overdue."""
    if done.run is not None and done.run.status == Run.Status.RUNNING:
        return timezone.now()
    return done.started_at


PAGES.append(path("quarantine/replay/<int:pk>/", admin.site.admin_view(page), name="quarantine_replay"))

"""Definitions as pages of the admin: what holds and held, a new version with its before and after, and back again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from analytics import change_previews, definition_changes, definitions
from analytics.admin import previews
from analytics.admin.dashboards import chosen
from analytics.admin.definition_forms import REASON, START, VersionForm
from analytics.change_previews import Unfinished
from analytics.definition_changes import Applied, Change
from analytics.definitions import ALWAYS, DEFINITIONS, FOR_EVER, Definition
from analytics.models import DefinitionVersion
from config.admin.site import PAGES
from config.lib.buckets import day_of
from config.lib.commands import message_of
from config.models import User, Workspace
from config.permissions import Area, may, workspaces_of


def url_of(workspace: Workspace, definition: Definition) -> str:
    return reverse("admin:definition", args=[workspace.slug, definition.key])


@never_cache
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """All definitions of ?workspace= with what holds today."""
    workspaces = list(workspaces_of(request.user, Area.DEFINITIONS))
    if not workspaces:
        raise PermissionDenied
    workspace = chosen(request, workspaces)
    today = day_of(timezone.now(), workspace.zone)
    context = {
        **admin.site.each_context(request),
        "title": "Definitions",
        "workspace": workspace,
        "workspaces": workspaces,
        "definitions": [
            {
                "definition": one,
                "url": url_of(workspace, one),
                "value": facts(definitions.current(workspace, one.key, today)),
                "since": since,
            }
            for one in DEFINITIONS
            for since in [next(h.since for h in definitions.held(workspace, one.key) if h.since <= today < h.until)]
        ],
        "always": ALWAYS,
    }
    return TemplateResponse(request, "admin/analytics/definitions/overview.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """The versions of a definition. POST with `do`: preview, apply; preview_retire, retire (of ?from=)."""
    workspace = workspaces_of(request.user, Area.DEFINITIONS).filter(slug=slug).first()
    if workspace is None or key not in DEFINITIONS:
        raise Http404("There is no such definition, or it is not yours to see")
    definition = DEFINITIONS[key]
    may_change = may(request.user, "change", Area.DEFINITIONS, workspace.pk)
    today = day_of(timezone.now(), workspace.zone)
    form = VersionForm(definition, definitions.current(workspace, key, today), today)
    found: dict[str, Any] = {}
    if request.method == "POST":
        if not may_change:
            raise PermissionDenied
        do = request.POST.get("do", "")
        if do in {"preview_retire", "retire"}:
            change = _retiring(request, definition)
        else:
            form = VersionForm(definition, definition.default, today, request.POST)
            change = _change(request, form) if form.is_valid() else None
        if change is not None:
            answer = _decide(request, workspace, change, wanted=do in {"apply", "retire"})
            if isinstance(answer, HttpResponse):
                return answer
            found = answer
    context = {
        **admin.site.each_context(request),
        "title": definition.title,
        "workspace": workspace,
        "definition": definition,
        "form": form,
        "versions": _versions(workspace, definition, today),
        "history": _history(workspace, definition),
        "may_change": may_change,
        "progress": previews.progress_of(request, workspace),
        **found,
    }
    return TemplateResponse(request, "admin/analytics/definitions/definition.html", context)


def _change(request: HttpRequest, form: VersionForm) -> Change:
    cleaned = form.cleaned_data
    return Change(form.definition.key, cleaned["value"], cleaned[START], _user(request), cleaned[REASON])


def _retiring(request: HttpRequest, definition: Definition) -> Change | None:
    try:
        day = date.fromisoformat(request.POST.get("from", ""))
    except ValueError:
        messages.error(request, "There is no such version.")
        return None
    note = request.POST.get("note", "").strip()[: definition_changes.LONGEST_NOTE]
    if not note:
        messages.error(request, "Say why, for whoever looks at it later.")
        return None
    return Change(definition.key, None, day, _user(request), note)


def _user(request: HttpRequest) -> User:
    # admin_view lets nobody else in.
    assert isinstance(request.user, User)
    return request.user


def _decide(
    request: HttpRequest, workspace: Workspace, change: Change, *, wanted: bool
) -> HttpResponse | dict[str, Any]:
    """Make the change where it is wanted as it was seen, else what a preview shows."""
    digest = digest_of(change)
    apply: Callable[[], Applied] = partial(definition_changes.apply, workspace, change)
    try:
        if wanted and request.POST.get("seen") == digest:
            return _applied(request, workspace, change, apply().opened)
        change = definition_changes.check(workspace, change)
        found: dict[str, Any] = {"seen": digest, "change": change, "value": facts(change.value or {})}
        try:
            seen = change_previews.preview(workspace, apply)
            found["preview"] = previews.context_of(seen)
            found["people"] = previews.people_of(request, workspace, seen.people)
            found["people_in_all"] = len(seen.people)
        except Unfinished as error:
            found["unfinished"] = str(error)
    except ValidationError as error:
        messages.error(request, message_of(error))
        return {}
    return found


def _applied(request: HttpRequest, workspace: Workspace, change: Change, opened: int) -> HttpResponse:
    what = "taken back" if change.value is None else "set"
    if not opened:
        messages.success(request, f"The version from {change.valid_from} is {what}. No day has to be filled again.")
        return HttpResponseRedirect(url_of(workspace, DEFINITIONS[change.key]))
    messages.success(
        request, f"The version from {change.valid_from} is {what}. The days it changes settle until they are filled."
    )
    previews.fill(request, workspace)
    return HttpResponseRedirect(f"{url_of(workspace, DEFINITIONS[change.key])}?{urlencode({'filling': opened})}")


def digest_of(change: Change) -> str:
    """That what is applied is what was previewed."""
    facts_of_it = [change.key, change.value, change.valid_from.isoformat(), change.note]
    return hashlib.sha256(json.dumps(facts_of_it, sort_keys=True).encode()).hexdigest()[:32]


def facts(value: dict[str, Any]) -> list[tuple[str, str]]:
    """Fields and what they hold, as people read it."""
    return [(name.replace("_", " "), _words(inner)) for name, inner in value.items()]


def _words(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(inner, str) for inner in value):
        return ", ".join(value) or "none"
    if isinstance(value, list) and all(isinstance(inner, dict) for inner in value):
        return "; ".join(", ".join(f"{name} {words}" for name, words in facts(inner)) for inner in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _versions(workspace: Workspace, definition: Definition, today: date) -> list[dict[str, Any]]:
    """The latest first; the default last."""
    rows = DefinitionVersion.objects.filter(workspace=workspace, key=definition.key, retired_at__isnull=True)
    by_day = {row.valid_from: row for row in rows.select_related("owner")}
    return [
        {
            "since": None if one.since == ALWAYS else one.since,
            "until": None if one.until == FOR_EVER else one.until,
            "value": facts(one.value),
            "row": by_day.get(one.since),
            "holds": one.since <= today < one.until,
        }
        for one in reversed(definitions.held(workspace, definition.key))
    ]


def _history(workspace: Workspace, definition: Definition) -> list[dict[str, Any]]:
    """Versions that hold no more, the one retired last first."""
    rows = DefinitionVersion.objects.filter(workspace=workspace, key=definition.key, retired_at__isnull=False)
    latest = rows.select_related("owner", "retired_by").order_by("-retired_at", "-pk")[:50]
    return [{"row": row, "value": facts(row.value)} for row in latest]


PAGES += [
    path("definitions/", admin.site.admin_view(overview), name="definitions"),
    path("definitions/<slug:slug>/<slug:key>/", admin.site.admin_view(page), name="definition"),
]

"""Where the pages of the quarantine are, and what their addresses select."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from config.models import Workspace
from config.permissions import Area, may, workspaces_of
from ingestion.models import QuarantinedEvent, Source
from ingestion.quarantine import Selection

# Of a bigint.
MOST_DIGITS = 18


def group_url(workspace: Workspace, selection: Selection, **more: Any) -> str:
    """The page of what is selected."""
    asked = {"workspace": workspace.slug} | asked_by(selection) | more
    return f"{reverse('admin:quarantine_group')}?{urlencode(asked)}"


def asked_by(selection: Selection) -> dict[str, str]:
    """What the address of a selection's page asks for."""
    names = {"event_name": "event"}
    return {names.get(name, name): str(value) for name, value in selection.facts().items() if name != "up_to"}


def waiting_links(request: HttpRequest, workspace: Workspace, names: Collection[str]) -> SafeString:
    """Sentences that lead to what a newly declared type or schema may let pass; "" for who may not see it."""
    if not may(request.user, "view", Area.QUARANTINE, workspace.pk):
        return SafeString("")
    reasons = (QuarantinedEvent.Reason.SCHEMA, QuarantinedEvent.Reason.UNKNOWN_TYPE)
    found = [
        (group_url(workspace, selection, preview=1), name)
        for name in names
        for selection in (Selection(reason=reason.value, event_name=name) for reason in reasons)
        if selection.waiting(workspace).exists()
    ]
    link = ' <a class="agora-link" href="{}">See how many {} in the quarantine would pass now.</a>'
    return format_html_join("", link, found)


def workspace_of(request: HttpRequest, default: Workspace | None = None) -> Workspace:
    """That of ?workspace=. 404 for one whose quarantine the user may not see."""
    slug = request.GET.get("workspace")
    if slug is None and default is not None:
        return default
    return get_object_or_404(workspaces_of(request.user, Area.QUARANTINE), slug=slug)


def selection_of(request: HttpRequest, workspace: Workspace) -> Selection:
    asked = request.GET
    numbers = {}
    for name in ("source", "id"):
        if name in asked:
            numbers[name] = number_of(asked[name])
    if "source" in numbers and not Source.objects.filter(workspace=workspace, pk=numbers["source"]).exists():
        raise Http404
    reason = asked.get("reason")
    if reason is not None and reason not in QuarantinedEvent.Reason.values:
        raise Http404
    event = asked.get("event")
    return Selection(reason=reason, event_name=event, **numbers)


def number_of(text: str) -> int:
    """A row's id from an address or a form. Raises Http404."""
    if not (text.isascii() and text.isdecimal()) or len(text) > MOST_DIGITS:
        raise Http404
    return int(text)

"""A quarantined payload edited by somebody who may read it; the original stays until it is decided on."""

from __future__ import annotations

import json

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from unfold.widgets import UnfoldAdminTextareaWidget

from config.admin.site import PAGES
from config.permissions import Area, workspaces_of
from ingestion.admin.quarantine_addresses import group_url
from ingestion.admin.quarantine_replays import may_map_fields
from ingestion.models import QuarantinedEvent
from ingestion.payload import read_item
from ingestion.quarantine import ADDRESS, Selection


class PayloadForm(forms.Form):
    payload = forms.CharField(
        label="The event, as JSON",
        strip=True,
        widget=UnfoldAdminTextareaWidget(
            {"class": "agora-mono", "rows": 24, "spellcheck": "false", "autocomplete": "off"}
        ),
    )

    def clean_payload(self) -> str:
        text = ADDRESS.sub(r"\1null", str(self.cleaned_data["payload"]))
        item = read_item(text.encode("utf-8", "backslashreplace"))
        if item.rejection is not None:
            raise forms.ValidationError(str(item.rejection))
        return text


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows the payload to edit, POST keeps what was made of it, or with `reset` forgets that."""
    rows = QuarantinedEvent.objects.filter(workspace__in=workspaces_of(request.user, Area.QUARANTINE))
    row = get_object_or_404(rows.select_related("workspace", "source"), pk=pk)
    if not may_map_fields(request, row.workspace):
        raise PermissionDenied
    back = reverse("admin:ingestion_quarantinedevent_change", args=[row.pk])
    if not row.is_waiting:
        messages.warning(request, "It was decided on already, so there is nothing to edit.")
        return HttpResponseRedirect(back)
    form = PayloadForm(request.POST or None, initial={"payload": _indented(row.edited_payload or row.payload)})
    if request.method == "POST" and ("reset" in request.POST or form.is_valid()):
        text = "" if "reset" in request.POST else form.cleaned_data["payload"]
        return _keep(request, row, text)
    context = {
        **admin.site.each_context(request),
        "title": "Edit payload",
        "form": form,
        "row": row,
        "back": back,
        "most_bytes": settings.INGEST_MAX_EVENT_BYTES,
    }
    return TemplateResponse(request, "admin/ingestion/quarantine/edit.html", context)


def _keep(request: HttpRequest, row: QuarantinedEvent, text: str) -> HttpResponse:
    """Only while it waits: a replay that has it in hand is waited for, and what it stored stays as it is."""
    waiting = QuarantinedEvent.objects.filter(pk=row.pk, status=QuarantinedEvent.Status.WAITING)
    if not waiting.update(edited_payload=text):
        messages.warning(request, "It was decided on meanwhile, so your edit was not kept.")
        return HttpResponseRedirect(reverse("admin:ingestion_quarantinedevent_change", args=[row.pk]))
    said = "Edited the payload" if text else "Went back to the payload as it was received"
    assert request.user.pk is not None
    LogEntry.objects.log_actions(request.user.pk, [row], CHANGE, said, single_object=True)
    messages.success(request, f"{said}.")
    return HttpResponseRedirect(group_url(row.workspace, Selection(id=row.pk), preview=1))


def _indented(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()
    except (ValueError, RecursionError):
        return text


PAGES.append(path("quarantine/event/<int:pk>/", admin.site.admin_view(edit), name="quarantine_edit"))

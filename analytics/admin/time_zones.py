"""The time zone of a workspace as a page of the admin: what another one moves, and the change with its filling."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from unfold.widgets import UnfoldAdminSelectWidget

from analytics import change_previews, time_zones
from analytics.admin import previews
from analytics.change_previews import Unfinished
from config.admin.site import PAGES
from config.lib.commands import message_of
from config.models import Workspace
from config.permissions import Area, workspaces_of


class ZoneForm(forms.Form):
    time_zone = forms.ChoiceField(
        choices=lambda: [(name, name) for name in sorted(zoneinfo.available_timezones())],
        widget=UnfoldAdminSelectWidget(),
        help_text="A day of every metric is a calendar day of this zone.",
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """POST with `do`: preview, or apply what was seen."""
    workspace = get_object_or_404(workspaces_of(request.user, Area.WORKSPACES, "change"), pk=pk)
    form = ZoneForm(request.POST or None, initial={"time_zone": workspace.time_zone})
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": f"Time zone of {workspace.name}",
        "workspace": workspace,
        "zone": workspace.time_zone,
        "form": form,
        "progress": previews.progress_of(request, workspace),
    }
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["time_zone"]
        try:
            if request.POST.get("do") == "apply" and request.POST.get("seen") == name:
                return _apply(request, workspace, name)
            context["seen"] = name
            found = change_previews.preview(workspace, lambda: time_zones.change(workspace, name))
            context["preview"] = previews.context_of(found)
        except ValidationError as error:
            context.pop("seen", None)
            messages.error(request, message_of(error))
        except Unfinished as error:
            context["unfinished"] = str(error)
    return TemplateResponse(request, "admin/analytics/definitions/time_zone.html", context)


def _apply(request: HttpRequest, workspace: Workspace, name: str) -> HttpResponse:
    said = f"Time zone {workspace.time_zone} became {name}"
    opened = time_zones.change(workspace, name).opened
    # admin_view lets nobody in who is not known.
    assert request.user.pk is not None
    LogEntry.objects.log_actions(request.user.pk, [workspace], CHANGE, said, single_object=True)
    messages.success(request, f"{said}. All days settle until they are filled by it.")
    if opened:
        previews.fill(request, workspace)
    return HttpResponseRedirect(f"{reverse('admin:time_zone', args=[workspace.pk])}?{urlencode({'filling': opened})}")


# Beside the page of the workspace, which leads here.
PAGES.append(path("config/workspace/<int:pk>/time-zone/", admin.site.admin_view(page), name="time_zone"))

"""Tables to take out: asks which, of which days and in which form, and leads to the file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminSelectWidget, UnfoldBooleanWidget

from analytics.admin.dashboards import chosen
from analytics.exports import EXPORTS
from analytics.spans import MOST_DAYS, last_days
from config.admin.site import PAGES
from config.lib.table_files import FORMATS
from config.models import Workspace
from config.permissions import Area, may, workspaces_of

FORMAT_WORDS = {"csv": "CSV", "json": "JSON", "xlsx": "Excel", "parquet": "Parquet"}


class ExportForm(forms.Form):
    table = forms.ChoiceField(widget=UnfoldAdminSelectWidget())
    first = forms.DateField(label="From", widget=UnfoldAdminDateWidget())
    last = forms.DateField(
        label="To", widget=UnfoldAdminDateWidget(), help_text=f"Both included; at most {MOST_DAYS:,} days."
    )
    form = forms.ChoiceField(choices=[(key, FORMAT_WORDS[key]) for key in FORMATS], widget=UnfoldAdminSelectWidget())
    pseudonyms = forms.BooleanField(required=False, label="Pseudonyms for people", widget=UnfoldBooleanWidget())
    bots = forms.BooleanField(required=False, label="Bots and test accounts as well", widget=UnfoldBooleanWidget())

    def __init__(self, *args: Any, with_people: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(one.key, one.title) for one in EXPORTS]
        self.fields["table"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField's
        if not with_people:
            del self.fields["pseudonyms"]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and not 0 <= (last - first).days < MOST_DAYS:
            self.add_error("last", f"From the first day on, and at most {MOST_DAYS:,} days")
        return cleaned

    def query(self, workspace: Workspace) -> str:
        """What the API is asked."""
        said = self.cleaned_data
        asked = {"workspace": workspace.slug, "from": said["first"], "to": said["last"], "format": said["form"]}
        if said.get("pseudonyms"):
            asked["people"] = "pseudonyms"
        return urlencode(asked | ({"bots": "true"} if said["bots"] else {}))


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """?workspace= names one of several; with ?table= it goes on to the file."""
    mine = list(workspaces_of(request.user, Area.EXPORTS))
    if not mine:
        raise PermissionDenied
    workspace = chosen(request, mine)
    with_people = may(request.user, "view", Area.PEOPLE, workspace.pk)
    days = last_days(workspace, 30)
    asked = request.GET if "table" in request.GET else None
    form = ExportForm(asked, initial={"first": days.first, "last": days.last}, with_people=with_people)
    if asked is not None and form.is_valid():
        address = reverse("export", args=[form.cleaned_data["table"]])
        return HttpResponseRedirect(f"{address}?{form.query(workspace)}")
    context = {
        **admin.site.each_context(request),
        "title": "Exports",
        "workspaces": mine,
        "workspace": workspace,
        "form": form,
        "datasets": [(one, [column.key for column in one.columns]) for one in EXPORTS],
        "with_people": with_people,
    }
    return TemplateResponse(request, "admin/analytics/exports.html", context)


PAGES += [path("exports/", admin.site.admin_view(page), name="exports")]

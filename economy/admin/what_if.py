"""What if rules had other amounts: the last days again, side by side with what they are. Writes nothing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from analytics.admin.dashboards import chosen
from config.admin.site import PAGES
from config.lib.buckets import day_of
from config.models import Workspace
from config.permissions import Area, may, workspaces_of
from economy import rules, what_if
from economy.models import RuleVersion
from economy.rules import Effect
from economy.what_if import MOST_DAYS, OFF, Comparison, TooMuch
from ingestion import people

# Some seconds; the command takes more.
MOST_EVENTS = 50_000


class WhatIfForm(forms.Form):
    """Days, and each rule that holds with its amount."""

    days = forms.IntegerField(min_value=1, max_value=MOST_DAYS, initial=30, widget=UnfoldAdminIntegerFieldWidget())

    def __init__(self, held: list[RuleVersion], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.held = {row.key: _amount(row) for row in held}
        for row in held:
            self.fields[row.key] = forms.CharField(
                label=row.key,
                initial=_amount(row),
                required=False,
                max_length=20,
                help_text=f"{row.words}. Other points, or {OFF}.",
                widget=UnfoldAdminTextInputWidget(),
            )

    def said(self) -> dict[str, str]:
        """The rules whose amount is another one."""
        return {
            key: text
            for key, amount in self.held.items()
            if (text := self.cleaned_data[key].strip().replace(",", "")) not in {"", amount}
        }


def _amount(row: RuleVersion) -> str:
    if not row.enabled:
        return OFF
    return "" if row.effect == Effect.REFUND else str(row.amount)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """?workspace=, ?days= and an amount by key of the rule."""
    mine = list(workspaces_of(request.user, Area.DEFINITIONS))
    if not mine:
        raise PermissionDenied
    workspace = chosen(request, mine)
    today = day_of(timezone.now(), workspace.zone)
    held = list(rules.of_workspace(workspace).holding(today).values())
    form = WhatIfForm(held, request.GET if "days" in request.GET else None)
    found = None
    if form.is_bound and form.is_valid():
        try:
            found = what_if.compare(workspace, form.cleaned_data["days"], form.said(), MOST_EVENTS)
        except ValidationError as error:
            form.add_error(None, error)
        except TooMuch as error:
            form.add_error(None, f"{error} The command economy whatif takes more.")
    context = {
        **admin.site.each_context(request),
        "title": "What if",
        "workspace": workspace,
        "workspaces": mine,
        "form": form,
        "held": held,
        "found": found,
        **({} if found is None else _told(request, workspace, found)),
    }
    return TemplateResponse(request, "admin/economy/what_if.html", context)


def _told(request: HttpRequest, workspace: Workspace, found: Comparison) -> dict[str, Any]:
    """Rows of the tables; who is affected for those alone who may see people's points."""
    sides = (found.as_it_is, found.changed)
    keys = sorted({key for side in sides for key in (*side.points, *side.refused)})
    by_rule = [
        (key, [(side.moved.get(key, 0), side.points.get(key, 0), side.refused.get(key, 0)) for side in sides])
        for key in keys
    ]
    may_see = may(request.user, "view", Area.POINTS, workspace.pk)
    names = people.names(workspace.pk, [one.person_id for one in found.affected]) if may_see else {}
    affected = [(one, names.get(one.person_id, str(one.person_id))) for one in found.affected] if may_see else []
    return {"sides": sides, "by_rule": by_rule, "affected": affected}


PAGES += [path("what-if/", admin.site.admin_view(page), name="points_what_if")]

"""The rules of points: what holds, what held, and another version from a day on. Versions are never edited."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import DateField, Exists, F, Func, OuterRef, Q, QuerySet
from django.db.models.functions import Cast, Now
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from config.lib.admin import RowForm, WorkspaceAdmin
from config.lib.buckets import day_of
from config.lib.commands import message_of
from config.models import User
from config.permissions import Area
from economy import applying, rules
from economy.models import PointMode, RuleVersion
from economy.rules import FIELDS

TODAY = Cast(Func(F("workspace__time_zone"), Now(), function="timezone"), DateField())


class RuleForm(RowForm):
    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        # What is wrong with single fields is told first.
        if not self.errors:
            row = RuleVersion(**{name: self.cleaned_data[name] for name in ("workspace", "key", "valid_from", *FIELDS)})
            rules.check_news(row)
        return cleaned


@admin.register(RuleVersion)
class RuleVersionAdmin(WorkspaceAdmin):
    # Not POINTS: whoever moves points would set their price.
    area = Area.DEFINITIONS
    creatable = True
    form = RuleForm
    list_note = (
        "What events cost and earn. A change is another version from a day on; what was moved before stays as it is."
    )
    list_display = ("__str__", "what", "valid_from", "holds_today", "owner", "note", "another")
    list_display_links = ("__str__",)
    list_filter = ("key", "event", "effect")
    list_select_related = ("owner", "workspace")
    fieldsets = (
        (None, {"fields": ("workspace", "key", "valid_from", "note")}),
        ("What it acts on", {"fields": ("enabled", "event", "on_opposite", "effect", "at_count", "refunds")}),
        ("How many points", {"fields": ("amount", "takes_value", "kind", "burn_percent")}),
        ("How often", {"fields": ("most_per_day", "cooldown_seconds", "once_per_person")}),
    )
    actions_detail = ("make_another",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RuleVersion]:
        rows: QuerySet[RuleVersion] = super().get_queryset(request)
        later = Q(valid_from__gt=OuterRef("valid_from")) | Q(
            valid_from=OuterRef("valid_from"), version__gt=OuterRef("version")
        )
        same = RuleVersion.objects.filter(workspace=OuterRef("workspace"), key=OuterRef("key"), valid_from__lte=TODAY)
        return rows.annotate(is_replaced=Exists(same.filter(later)), has_begun=Q(valid_from__lte=TODAY))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="What it does")
    def what(self, row: RuleVersion) -> str:
        return row.words

    @display(description="Today", label={"holds": "success", "off": "danger", "later": "info", "replaced": "default"})
    def holds_today(self, row: Any) -> tuple[str, str]:
        if not row.has_begun:
            return "later", "Not yet"
        if row.is_replaced:
            return "replaced", "Replaced"
        return ("holds", "Holds") if row.enabled else ("off", "Off")

    @admin.display(description="")
    def another(self, row: RuleVersion) -> SafeString:
        return format_html('<a class="agora-link" href="{}">Change</a>', _another(row))

    @action(description="Change from a day on", permissions=["operate"], icon="edit")
    def make_another(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.get_object(request, object_id)
        return HttpResponseRedirect("../" if row is None else _another(row))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """?version= of the one to go on from."""
        initial = super().get_changeform_initial_data(request)
        wanted = initial.pop("version", "")
        row = None
        with suppress(ValueError, OverflowError):
            row = self.get_queryset(request).filter(pk=int(wanted or 0)).first()
        if row is None:
            return initial
        known = {name: getattr(row, name) for name in ("key", *FIELDS)}
        return known | {"workspace": row.workspace_id, "valid_from": day_of(timezone.now(), row.workspace.zone)}

    def save_model(self, request: HttpRequest, obj: RuleVersion, form: forms.ModelForm[Any], change: bool) -> None:  # noqa: FBT001 the admin's
        assert isinstance(request.user, User)
        obj.owner = request.user
        rules.add(obj)


def _another(row: RuleVersion) -> str:
    return reverse("admin:economy_ruleversion_add") + "?" + urlencode({"version": row.pk})


@admin.register(PointMode)
class PointModeAdmin(WorkspaceAdmin):
    area = Area.DEFINITIONS
    creatable = True
    list_note = "A workspace without a row is off."
    list_display = ("workspace", "mode", "waiting")
    list_select_related = ("workspace",)
    fields = ("workspace", "mode")
    actions_detail = ("load_forum",)

    @admin.display(description="Events that wait")
    def waiting(self, row: PointMode) -> str:
        return applying.waiting(row.workspace)

    @action(description="Load a forum's rules", permissions=["operate"], icon="playlist_add")
    def load_forum(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None:
            return HttpResponseRedirect("../")
        workspace = row.workspace
        assert isinstance(request.user, User)
        try:
            added = rules.load_forum(workspace, day_of(timezone.now(), workspace.zone), by=request.user)
        except ValidationError as error:
            self.message_user(request, message_of(error), messages.ERROR)
        else:
            self.message_user(request, f"{len(added)} rules were added. They hold from today on.")
        return HttpResponseRedirect(reverse("admin:economy_ruleversion_changelist"))

"""Features: what they are made of, and how many people use them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextareaWidget

from analytics import features, metrics
from analytics.metrics import METRICS, Grain, Value
from analytics.models import Feature
from config.admin.workspaces import LinesField
from config.lib.admin import RowForm, WorkspaceAdmin
from config.lib.buckets import day_of
from config.models import Workspace
from config.permissions import Area

# (grain, title, days back to the first bucket shown)
SHOWN: tuple[tuple[Grain, str, int], ...] = (("day", "Day", 6), ("week", "Week from", 27), ("month", "Month from", 88))


class FeatureForm(RowForm):
    events = LinesField(
        widget=UnfoldAdminTextareaWidget({"rows": 4, "spellcheck": "false"}),
        help_text="Event types, one a line; posts_created stands for every type that counts as it.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        workspace = cleaned.get("workspace")
        if self.instance.pk is None and isinstance(workspace, Workspace):
            try:
                self.instance.bit = features.free_bit(workspace)
            except ValidationError as error:
                raise forms.ValidationError(error.messages) from None
        return cleaned


@admin.register(Feature)
class FeatureAdmin(WorkspaceAdmin):
    area = Area.ANALYSES
    creatable = True
    deletable = True
    frozen = ("key", "workspace")
    form = FeatureForm
    list_display = ("title", "key", "events_shown", "last_week")
    search_fields = ("title", "key")
    readonly_fields = ("adoption",)
    list_note = "How many of the active people use what: manage.py metric feature_adoption --of KEY tells any range."

    def get_prepopulated_fields(self, request: HttpRequest, obj: Feature | None = None) -> dict[str, tuple[str, ...]]:
        # The key is fixed once the row is there, and then no field of the form.
        return {} if obj is not None or not self.has_add_permission(request) else {"key": ("title",)}

    def get_fieldsets(self, request: HttpRequest, obj: Feature | None = None) -> Any:
        sets: list[Any] = [(None, {"fields": ("title", "key", "workspace", "events")})]
        return sets if obj is None else [*sets, ("Adoption", {"fields": ("adoption",)})]

    def save_model(self, request: HttpRequest, obj: Feature, form: Any, change: Any) -> None:
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            days = features.refill(obj.workspace) if not change or "events" in form.changed_data else 0
        if days:
            self.message_user(request, f"The next fill counts its {days:,} days.")
        if unknown := features.resolved(obj).unknown:
            text = f"No event type is called {', '.join(unknown)} yet: it is no use of the feature until one is."
            self.message_user(request, text, messages.WARNING)

    @admin.display(description="Events")
    def events_shown(self, feature: Feature) -> str:
        return ", ".join(feature.events)

    @admin.display(description="Adoption last week")
    def last_week(self, feature: Feature) -> str:
        day = day_of(timezone.now(), feature.workspace.zone) - timedelta(days=7)
        return _percent(self._values(feature, "week", day, day)[0])

    @admin.display(description="People who used it, of those active")
    def adoption(self, feature: Feature) -> SafeString:
        today = day_of(timezone.now(), feature.workspace.zone)
        grains = []
        for grain, title, back in SHOWN:
            values = self._values(feature, grain, today - timedelta(days=back), today)
            grains.append((title, [(value, _percent(value)) for value in reversed(values)]))
        return render_to_string("admin/analytics/feature_adoption.html", {"grains": grains})

    def _values(self, feature: Feature, grain: Grain, first: Any, last: Any) -> list[Value]:
        metric = METRICS["feature_adoption"]
        return metrics.read(metric, feature.workspace, first, last, grain, of=feature.key)


def _percent(value: Value) -> str:
    return "–" if value.value is None else f"{100 * value.value:.1f}%"

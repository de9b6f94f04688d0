"""Funnels: their steps and windows, and the numbers that come of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection, transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from analytics import funnel_days, funnel_steps, funnels
from analytics.models import Funnel, FunnelDay
from config.lib.admin import RowForm, WorkspaceAdmin
from config.lib.buckets import day_of
from config.permissions import Area

PREVIEW_DAYS = 30
DAYS_SHOWN = 14
# A preview of millions of events is not worth the wait: the days are filled anyway.
PREVIEW_TIMEOUT = "5s"


class StepsField(forms.CharField):
    """Steps, one a line, checked as they are read."""

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        lines = [line.strip() for line in (super().to_python(value) or "").splitlines() if line.strip()]
        try:
            funnel_steps.parse_steps(lines)
        except ValueError as error:
            raise ValidationError(str(error)) from None
        return lines

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool("\n".join(initial or []).split() != (data or "").split())


class WindowField(forms.CharField):
    """A window such as 7d; its value is seconds."""

    def prepare_value(self, value: Any) -> Any:
        return funnel_steps.window_text(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        try:
            return int(funnel_steps.parse_window(super().to_python(value) or "").total_seconds())
        except ValueError as error:
            raise ValidationError(str(error)) from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial) != data)


class FunnelForm(RowForm):
    steps = StepsField(
        widget=UnfoldAdminTextareaWidget({"rows": 6, "spellcheck": "false"}),
        help_text="One a line, in order: an event type, or several as a|b. [path=/cart] after it asks for the value of "
        "a property, and posts_created stands for every type that counts as it.",
    )
    window_seconds = WindowField(
        label="Window",
        initial=7 * 86_400,
        widget=UnfoldAdminTextInputWidget(),
        help_text="The time that a person has from the first step, such as 30m, 24h or 7d.",
    )


@admin.register(Funnel)
class FunnelAdmin(WorkspaceAdmin):
    area = Area.ANALYSES
    creatable = True
    deletable = True
    frozen = ("key", "workspace")
    form = FunnelForm
    list_display = ("title", "key", "steps_shown", "window_shown")
    search_fields = ("title", "key")
    readonly_fields = ("numbers", "days_shown")
    prepopulated_fields = {"key": ("title",)}
    list_note = "How many people go through steps in order: manage.py metric funnel --funnel KEY tells any range."

    def get_prepopulated_fields(self, request: HttpRequest, obj: Funnel | None = None) -> dict[str, tuple[str, ...]]:
        # The key is fixed once the row is there, and then no field of the form.
        return {} if obj is not None or not self.has_add_permission(request) else {"key": ("title",)}

    def get_fieldsets(self, request: HttpRequest, obj: Funnel | None = None) -> Any:
        sets: list[Any] = [(None, {"fields": ("title", "key", "workspace", "steps", "window_seconds")})]
        if obj is not None:
            sets += [
                (
                    f"People who entered in the last {PREVIEW_DAYS} days",
                    {
                        "fields": ("numbers",),
                        "description": "Each person once, by the attempt that came furthest. Whoever entered lately "
                        "still has time for the later steps.",
                    },
                ),
                ("By the day on which people entered", {"fields": ("days_shown",)}),
            ]
        return sets

    def save_model(self, request: HttpRequest, obj: Funnel, form: Any, change: Any) -> None:
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            counted = not change or {"steps", "window_seconds"} & set(form.changed_data)
            days = funnel_days.refill(obj.workspace) if counted else 0
        if days:
            self.message_user(request, f"The next fill counts its {days:,} days.")
        unknown = [name for resolved in funnel_days.resolved(obj) for name in resolved.unknown]
        if unknown:
            self.message_user(
                request,
                f"No event type is called {', '.join(unknown)} yet: nobody can reach that step.",
                messages.WARNING,
            )

    @admin.display(description="Steps")
    def steps_shown(self, funnel: Funnel) -> str:
        return " → ".join(funnel.steps)

    @admin.display(description="Window", ordering="window_seconds")
    def window_shown(self, funnel: Funnel) -> str:
        return funnel_steps.window_text(funnel.window_seconds)

    @admin.display(description="Steps")
    def numbers(self, funnel: Funnel) -> SafeString | str:
        today = day_of(timezone.now(), funnel.workspace.zone)
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [PREVIEW_TIMEOUT])
                found = funnels.measure(
                    funnel.workspace,
                    funnel_days.resolved(funnel),
                    funnel_days.window_of(funnel),
                    today - timedelta(days=PREVIEW_DAYS - 1),
                    today,
                )
        except OperationalError:
            return "Too many events for a preview: the days below are filled all the same."
        return render_to_string("admin/analytics/funnel_numbers.html", {"steps": found})

    @admin.display(description="Days")
    def days_shown(self, funnel: Funnel) -> SafeString | str:
        since = day_of(timezone.now(), funnel.workspace.zone) - timedelta(days=DAYS_SHOWN)
        by_day: dict[Any, list[FunnelDay]] = {}
        for row in funnel.days.filter(date__gt=since).order_by("-date", "step"):
            by_day.setdefault(row.date, []).append(row)
        if not by_day:
            return f"Nobody entered in the last {DAYS_SHOWN} days, or they are not filled yet."
        return render_to_string("admin/analytics/funnel_days.html", {"steps": funnel.steps, "days": by_day})

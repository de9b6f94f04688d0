"""When jobs run: the rows of django-celery-beat, which sync_schedules adds and operators edit."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from celery import current_app
from django import forms
from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django_celery_beat import admin as registered  # its rows are registered when it is imported, plainly
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    PeriodicTasks,
    SolarSchedule,
)
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from config.admin.runs import BrokerAway, send
from config.lib.admin import InstallationAdmin, leave_dialog
from config.models import Run
from config.permissions import Area

assert registered
# Nothing of Agora's runs at sunrise or once by the clock: fewer pages to know.
admin.site.unregister([ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule])


def tasks() -> list[tuple[str, str]]:
    """Choices of all tasks there are."""
    current_app.loader.import_default_modules()
    return [(name, name) for name in sorted(current_app.tasks) if not name.startswith("celery.")]


class ScheduleForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in its stubs only
    task = forms.ChoiceField(choices=tasks, widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = self.instance.task
        if own and own not in dict(tasks()):
            # A row of somebody else's task keeps it: else the list would show, and save, its first entry.
            self.fields["task"].choices = [*tasks(), (own, own)]  # type: ignore[attr-defined]

    class Meta:
        model = PeriodicTask
        fields = ("name", "task", "description", "enabled", "crontab", "interval", "start_time", "one_off", "kwargs")
        widgets = {"kwargs": UnfoldAdminTextareaWidget({"class": "agora-mono", "rows": 4})}

    def clean_kwargs(self) -> str:
        try:
            value = json.loads(self.cleaned_data["kwargs"] or "{}")
        except ValueError as error:
            raise forms.ValidationError(f"Not readable as JSON: {error}") from None
        if not isinstance(value, dict):
            raise forms.ValidationError('Arguments are a JSON object such as {"workspace": "forum"}')
        return json.dumps(value)


class BeatAdmin(InstallationAdmin):
    area = Area.SCHEDULES


@admin.register(PeriodicTask)
class ScheduleAdmin(BeatAdmin):
    form = ScheduleForm
    list_display = ("name", "enabled", "when", "last_run", "last_sent")
    list_filter = ("enabled",)
    search_fields = ("name", "task")
    readonly_fields = ("last_run_at", "total_run_count")
    actions = ("enable", "disable", "run_selected")
    actions_detail = ("run_one",)
    fieldsets = (
        (None, {"fields": ("name", "task", "description", "enabled")}),
        (
            "When",
            {
                "fields": ("crontab", "interval", "start_time", "one_off"),
                "description": "Either a crontab or an interval. Times are UTC.",
            },
        ),
        ("With what", {"fields": ("kwargs",)}),
        ("So far", {"fields": ("last_run_at", "total_run_count")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[PeriodicTask]:
        runs = Run.objects.filter(name=OuterRef("task")).order_by("-started_at")
        queryset: QuerySet[PeriodicTask] = super().get_queryset(request)
        queryset = queryset.annotate(last_run_id=Subquery(runs.values("pk")[:1]))
        return queryset.select_related("crontab", "interval")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response: HttpResponse = super().changelist_view(request, {"title": "Schedules", **(extra_context or {})})
        return response

    @display(description="When (UTC)")
    def when(self, row: PeriodicTask) -> str:
        return row.crontab.human_readable if row.crontab else str(row.scheduler)

    @display(description="Last run")
    def last_run(self, row: PeriodicTask) -> SafeString | str:
        run = Run.objects.filter(pk=row.last_run_id).first()
        if run is None:
            return "keeps no runs" if row.last_run_at else "not yet"
        url = reverse("admin:config_run_change", args=[run.pk])
        return format_html('<a href="{}">{}, {} ago</a>', url, run.get_status_display(), timesince(run.started_at))

    @admin.display(description="Last sent by its times", ordering="last_run_at", empty_value="not yet")
    def last_sent(self, row: PeriodicTask) -> datetime | None:
        sent: datetime | None = row.last_run_at
        return sent

    @admin.action(description="Enable", permissions=["operate"])
    def enable(self, request: HttpRequest, queryset: QuerySet[PeriodicTask]) -> None:
        self._switch(request, queryset, on=True)

    @admin.action(description="Disable", permissions=["operate"])
    def disable(self, request: HttpRequest, queryset: QuerySet[PeriodicTask]) -> None:
        self._switch(request, queryset, on=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[PeriodicTask], *, on: bool) -> None:
        rows = PeriodicTask.objects.filter(pk__in=queryset.values("pk"))
        # As the model's own save does, so that one switched on again has not missed anything meanwhile.
        changed = rows.update(enabled=True) if on else rows.update(enabled=False, last_run_at=None)
        # Beat reads the rows again when this says so.
        PeriodicTasks.update_changed()
        self.message_user(request, f"{'Enabled' if on else 'Disabled'}: {changed}.")

    @admin.action(description="Run now", permissions=["operate"])
    def run_selected(self, request: HttpRequest, queryset: QuerySet[PeriodicTask]) -> None:
        for row in queryset:
            if not self._run(request, row):
                break

    @action(
        description="Run now",
        permissions=["operate"],
        icon="play_arrow",
        dialog={
            "title": "Run it now?",
            "description": "The task is sent to the workers with its arguments. Its times stay as they are.",
            "form_submit_text": "Run now",
        },
    )
    def run_one(self, request: HttpRequest, form: object, object_id: str) -> HttpResponse:
        self._run(request, self.get_object(request, object_id))
        return leave_dialog(request, reverse("admin:django_celery_beat_periodictask_changelist"))

    def _run(self, request: HttpRequest, row: PeriodicTask) -> bool:
        try:
            send(row.task, json.loads(row.kwargs or "{}"))
        except BrokerAway as reason:
            self.message_user(request, f"{row.name}: {reason}", messages.ERROR)
            return False
        self.log_change(request, row, "Run now")
        self.message_user(request, f"{row.name} was sent to the workers.")
        return True


@admin.register(CrontabSchedule)
class CrontabAdmin(BeatAdmin):
    list_display = ("__str__", "human_readable")
    fields = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week", "timezone")


@admin.register(IntervalSchedule)
class IntervalAdmin(BeatAdmin):
    fields = ("every", "period")

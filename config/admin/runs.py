"""What ran, how it ended, and again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from celery import current_app
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import date as date_words
from django.urls import reverse
from django.utils.safestring import SafeString
from kombu.exceptions import OperationalError
from unfold.decorators import action, display

from config.lib.admin import BigTableAdmin, duration_words, leave_dialog, monospace, pretty
from config.models import Run
from config.permissions import Area
from config.runs import JOBS

COLOURS = {
    Run.Status.RUNNING: "info",
    Run.Status.SUCCEEDED: "success",
    Run.Status.FAILED: "danger",
    Run.Status.LOST: "warning",
}


class NotSent(Exception):  # noqa: N818 named as its caller sees it
    """A task could not be handed to the workers; the message says why."""


class BrokerAway(NotSent):
    """No task can be handed over now; the next would wait some seconds as well, to no end."""


def send(task: str, arguments: dict[str, Any]) -> None:
    """Hand a task to the workers. Raises BrokerAway."""
    try:
        current_app.send_task(task, kwargs=arguments, retry=False)
    except OperationalError as error:
        raise BrokerAway(f"Redis cannot be reached ({error}), so no worker would hear of it.") from error


def retry(run: Run) -> None:
    """Send the job of a failed or lost run again with what it was called with. Raises NotSent."""
    current_app.loader.import_default_modules()
    if run.status not in {Run.Status.FAILED, Run.Status.LOST}:
        raise NotSent(
            f"{run}: only a failed or lost run is tried again; this one is {run.get_status_display().lower()}."
        )
    if run.name not in JOBS:
        raise NotSent(f"{run}: {run.name} is a command, which is started on the server (manage.py).")
    arguments = run.arguments
    if JOBS[run.name].per_workspace and run.workspace is not None:
        # A run that a command made has no arguments: without its workspace the job would run for all of them.
        arguments = arguments | {"workspace": run.workspace.slug}
    send(run.name, arguments)


@admin.register(Run)
class RunAdmin(BigTableAdmin):
    area = Area.RUNS
    list_display = ("name", "status_label", "started_at", "duration_shown", "window", "rows_in", "rows_out")
    list_filter = ("status", "name")
    list_select_related = ("started_by",)
    search_fields = ("name__startswith",)
    ordering = ("-started_at", "-id")
    actions = ("retry_selected",)
    actions_detail = ("retry_one",)
    fieldsets = (
        (None, {"fields": ("name", "workspace", "status", "started_at", "finished_at", "duration_shown")}),
        ("What it did", {"fields": ("window", "rows_in", "rows_out", "arguments_shown", "started_by")}),
        ("What it said", {"fields": ("error_shown", "log_shown")}),
    )

    @display(description="Status", ordering="status", label=COLOURS)
    def status_label(self, run: Run) -> tuple[str, str]:
        return run.status, run.get_status_display()

    @display(description="Duration")
    def duration_shown(self, run: Run) -> str:
        return duration_words(run.duration)

    @display(description="Data covered (UTC)")
    def window(self, run: Run) -> str:
        ends = (run.window_start, run.window_end)
        return " to ".join(date_words(moment, "j M Y H:i") for moment in ends if moment is not None)

    @display(description="Called with")
    def arguments_shown(self, run: Run) -> SafeString:
        return pretty(run.arguments)

    @display(description="Error")
    def error_shown(self, run: Run) -> SafeString:
        return monospace(run.error)

    @display(description="Log")
    def log_shown(self, run: Run) -> SafeString:
        return monospace(run.log)

    @admin.action(description="Retry", permissions=["operate"])
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        self._retry(request, self.changeable(request, queryset))

    @action(
        description="Retry",
        permissions=["operate"],
        icon="replay",
        dialog={
            "title": "Run it again?",
            "description": "It is sent to the workers with the same arguments and begins as a new run.",
            "form_submit_text": "Retry",
        },
    )
    def retry_one(self, request: HttpRequest, form: object, object_id: str) -> HttpResponse:
        self._retry(request, [self.get_object(request, object_id)])
        return leave_dialog(request, reverse("admin:config_run_changelist"))

    def _retry(self, request: HttpRequest, runs: Iterable[Run]) -> None:
        sent, refused = 0, []
        for run in runs:
            try:
                retry(run)
            except NotSent as reason:
                refused.append(str(reason))
                if isinstance(reason, BrokerAway):
                    break
            else:
                sent += 1
                self.log_change(request, run, "Retried")
        if sent:
            self.message_user(request, f"Sent to the workers: {sent}. Each begins as a new run, on top of this list.")
        if refused:
            self.message_user(request, f"Not sent: {len(refused)}. {refused[0]}", messages.WARNING)

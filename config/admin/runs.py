"""What ran, how it ended, and again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from celery import current_app
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.defaultfilters import date as date_words
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError
from unfold.decorators import action, display
from unfold.views import ChangeList

from config import run_history
from config.admin.site import PAGES
from config.lib.admin import BigTableAdmin, duration_words, leave_dialog, monospace, pretty
from config.models import Run
from config.permissions import Area, workspace_ids
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


def remember_bands(runs: Iterable[Run]) -> None:
    """Let each run know how long its kind usually takes."""
    found = run_history.bands(runs)
    for run in runs:
        run.__dict__["_band"] = found.get((run.name, run.workspace_id))


def _band(run: Run) -> run_history.Band | None:
    band: run_history.Band | None = run.__dict__.get("_band")
    return band


@require_safe
@never_cache
def progress(request: HttpRequest, pk: int) -> JsonResponse:
    """{status, label, done, total, percent} of a run; total and percent are null where it cannot tell."""
    ids = workspace_ids(request.user, Area.RUNS) if admin.site.has_permission(request) else []
    rows = Run.objects.filter(pk=pk)
    run = (rows if ids is None else rows.filter(workspace__in=ids)).first()
    if run is None:
        error = {"code": "not_found", "message": "There is no such run, or it is not yours.", "details": {}}
        return JsonResponse(error, status=404)
    facts = {"done": run.progress_done, "total": run.progress_total, "percent": run.percent}
    return JsonResponse({"status": run.status, "label": run.get_status_display(), **facts})


PAGES.append(path("runs/<int:pk>/progress/", progress, name="run_progress"))


@admin.register(Run)
class RunAdmin(BigTableAdmin):
    area = Area.RUNS
    list_display = (
        "name",
        "status_label",
        "started_at",
        "duration_shown",
        "usual_shown",
        "window",
        "rows_in",
        "rows_out",
    )
    list_filter = ("status", "name")
    list_select_related = ("started_by",)
    search_fields = ("name__startswith",)
    ordering = ("-started_at", "-id")
    actions = ("retry_selected",)
    actions_detail = ("retry_one",)
    list_note = (
        "Usual is what half of the latest 30 that succeeded took. Slow is what took more than twice the median and "
        "lies far beyond that spread."
    )
    change_form_before_template = "admin/config/run_progress.html"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "name",
                    "workspace",
                    "status",
                    "started_at",
                    "finished_at",
                    "duration_shown",
                    "usual_shown",
                )
            },
        ),
        ("What it did", {"fields": ("window", "rows_in", "rows_out", "arguments_shown", "started_by")}),
        ("What it said", {"fields": ("error_shown", "log_shown")}),
    )

    class Media:
        js = ["config/progress.js"]

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        changes = super().get_changelist_instance(request)
        # One query for all rows of the page.
        remember_bands(changes.result_list)
        return changes

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Run | None:
        run: Run | None = super().get_object(request, object_id, from_field)
        remember_bands([] if run is None else [run])
        return run

    @display(description="Status", ordering="status", label=COLOURS)
    def status_label(self, run: Run) -> tuple[str, str]:
        percent = run.percent if run.status == Run.Status.RUNNING else None
        return run.status, run.get_status_display() + ("" if percent is None else f" {percent}%")

    @display(description="Duration")
    def duration_shown(self, run: Run) -> SafeString | str:
        duration = run.duration or timezone.now() - run.started_at
        words = duration_words(duration) + ("" if run.finished_at else " so far")
        band = _band(run)
        slow = band is not None and band.is_slow(duration)
        return format_html('<strong class="agora-slow">{}, slow</strong>', words) if slow else words

    @display(description="Usual")
    def usual_shown(self, run: Run) -> str:
        band = _band(run)
        if band is None:
            return ""
        low, high = duration_words(band.low), duration_words(band.high)
        return low if low == high else f"{low} to {high}"

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
        run = self.get_object(request, object_id)
        self._retry(request, [] if run is None else [run])
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

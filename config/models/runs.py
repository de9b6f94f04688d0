from datetime import timedelta

from django.conf import settings
from django.db import models


class Run(models.Model):
    """One execution of anything: a scheduled task, a backfill, an import, a command.

    Written by config.runs only; rows stay for operators to read, to retry and to time.
    """

    class Status(models.TextChoices):
        RUNNING = "running", "Running"
        SUCCEEDED = "succeeded", "Succeeded"
        FAILED = "failed", "Failed"
        LOST = "lost", "Lost"  # its process was killed; the next run of the same name notices
        SKIPPED = "skipped", "Skipped"  # another run of the same name was still at work

    name = models.CharField(max_length=100, help_text="Task or command, for example analytics.fill.")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, null=True, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RUNNING)
    arguments = models.JSONField(default=dict, blank=True, help_text="What a retry would be called with.")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    window_start = models.DateTimeField(null=True, blank=True, help_text="First instant of the data it covered.")
    window_end = models.DateTimeField(null=True, blank=True, help_text="Instant after the last it covered.")
    rows_in = models.BigIntegerField(default=0)
    rows_out = models.BigIntegerField(default=0)
    progress_done = models.BigIntegerField(default=0, help_text="Steps that are done, of progress_total.")
    progress_total = models.BigIntegerField(null=True, help_text="Steps as it expects them; empty where it does not.")
    log = models.TextField(blank=True, help_text="The last lines it wrote.")
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-started_at", "-id"]
        indexes = [
            models.Index(fields=["name", "-started_at"], name="run_by_name"),
            models.Index(fields=["-started_at"], name="run_latest"),
            # "What is at work now" is asked by every start of a run.
            models.Index(fields=["name"], name="run_at_work", condition=models.Q(status="running")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="running") | models.Q(finished_at__isnull=False), name="run_ended_has_end"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.started_at:%Y-%m-%d %H:%M:%S}"

    @property
    def duration(self) -> timedelta | None:
        return None if self.finished_at is None else self.finished_at - self.started_at

    @property
    def percent(self) -> int | None:
        """How far it is, as far as it can tell."""
        if not self.progress_total:
            return None
        return min(100, 100 * self.progress_done // self.progress_total)

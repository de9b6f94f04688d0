from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from moderation.models.cases import Case


class LogEntry(models.Model):
    """One step of a case. Appended only: the database refuses every change of a row (migration 0001)."""

    class Step(models.TextChoices):
        REPORTED = "reported", "Reported"
        ACTED = "acted", "Acted by itself"
        CLAIMED = "claimed", "Claimed"
        RELEASED = "released", "Released"
        DECIDED = "decided", "Decided"
        UNDONE = "undone", "Taken back"
        APPEALED = "appealed", "Appealed"
        HEARD = "heard", "Appeal decided"

    workspace = models.ForeignKey("config.Workspace", on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="log")
    at = models.DateTimeField(db_default=Now())
    step = models.CharField(max_length=9, choices=Step.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    said = models.TextField(help_text="What happened, in a sentence without anything of a person.")

    class Meta:
        ordering = ["at", "id"]
        verbose_name_plural = "log entries"
        indexes = [models.Index(fields=["workspace", "-at", "-id"], name="moderation_log_latest")]

    def __str__(self) -> str:
        return self.said

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from moderation.models.actions import Action


class SecondReview(models.Model):
    """A decision that a second moderator makes once more, without seeing the first. It changes nothing of the case."""

    DISMISSED = "dismissed"
    VERDICTS = [*Action.Kind.choices, (DISMISSED, "Dismiss the reports")]

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    action = models.OneToOneField(Action, on_delete=models.CASCADE, related_name="second_review")
    # Copied from the action, so that the database can hold the two apart.
    first_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    verdict = models.CharField(max_length=9, choices=VERDICTS, blank=True, help_text="What the second would do.")
    chosen_at = models.DateTimeField(db_default=Now())
    reviewed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["chosen_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(by__isnull=True) | ~Q(by=F("first_by")), name="second_review_by_somebody_else"
            ),
            models.CheckConstraint(
                condition=Q(by__isnull=True, verdict="", reviewed_at__isnull=True)
                | (Q(by__isnull=False, reviewed_at__isnull=False) & ~Q(verdict="")),
                name="second_review_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["workspace", "chosen_at", "id"], condition=Q(by__isnull=True), name="second_review_waiting"
            ),
            models.Index(
                fields=["workspace", "reviewed_at"], condition=Q(by__isnull=False), name="second_review_by_end"
            ),
        ]

    def __str__(self) -> str:
        return f"Second review of {self.chosen_at:%Y-%m-%d %H:%M}"

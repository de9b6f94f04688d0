from django.conf import settings
from django.db import models
from django.db.models import Q

from moderation.models.cases import Case
from moderation.models.policies import Policy, Reason


class Action(models.Model):
    """What was done: by a moderator here, by one in the team's own application (an event says so), or by itself."""

    class Kind(models.TextChoices):
        NOTHING = "none", "No action"
        WARN = "warn", "Warn the person"
        HIDE = "hide", "Hide the content"
        REMOVE = "remove", "Remove the content"
        RESTORE = "restore", "Restore the content"
        SUSPEND = "suspend", "Suspend the person"
        BAN = "ban", "Ban the person for good"

    class Outcome(models.TextChoices):
        RESOLVED = "resolved", "Resolved"
        DISMISSED = "dismissed", "Dismissed"

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    case = models.ForeignKey(
        Case, on_delete=models.CASCADE, null=True, related_name="actions", help_text="None: a ban that followed none."
    )
    kind = models.CharField("action", max_length=8, choices=Kind.choices)
    outcome = models.CharField(
        max_length=9, choices=Outcome.choices, blank=True, help_text="Empty where it decided no report."
    )
    reason = models.CharField(max_length=20, choices=Reason.choices, blank=True, help_text="What it was found to be.")
    policy = models.ForeignKey(Policy, on_delete=models.SET_NULL, null=True, related_name="+")
    person_id = models.UUIDField("person", null=True, help_text="Whom it is against, as an actor.")
    days = models.FloatField(null=True, help_text="Length of a suspension, where it is known.")
    ends_at = models.DateTimeField(null=True)
    automated = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    moderator_id = models.UUIDField(
        "moderator", null=True, help_text="Who decided in the team's own application, as an actor."
    )
    note = models.TextField(blank=True)
    decided_at = models.DateTimeField()
    event_id = models.UUIDField("event", null=True, help_text="The event that told of it.")

    batch = models.UUIDField(null=True, help_text="What was decided here in one go, and is taken back in one go.")
    undone_at = models.DateTimeField(null=True, help_text="From then on it counts for nothing.")

    class Meta:
        ordering = ["-decided_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(days__isnull=True) | Q(kind="suspend", days__gt=0), name="action_days_of_a_suspension"
            ),
            models.CheckConstraint(
                condition=~Q(automated=True) | Q(by__isnull=True, moderator_id__isnull=True),
                name="action_automated_by_nobody",
            ),
            models.CheckConstraint(condition=Q(case__isnull=False) | Q(outcome=""), name="action_decides_a_case"),
        ]
        indexes = [
            models.Index(fields=["workspace", "-decided_at", "-id"], name="action_latest"),
            models.Index(fields=["workspace", "person_id", "-decided_at"], name="action_by_person"),
            models.Index(fields=["batch"], condition=Q(batch__isnull=False), name="action_by_batch"),
            # What a moderator decided of late.
            models.Index(fields=["by", "-decided_at"], condition=Q(by__isnull=False), name="action_by_moderator"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.decided_at:%Y-%m-%d %H:%M}"

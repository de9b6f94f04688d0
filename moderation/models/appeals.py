from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from moderation.models.actions import Action
from moderation.models.policies import Reason


class Strike(models.Model):
    """What a decision against a person leaves, until it expires or is revoked. One a case."""

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    person_id = models.UUIDField("person", help_text="As an actor.")
    action = models.OneToOneField(Action, on_delete=models.CASCADE, related_name="strike")
    reason = models.CharField(max_length=20, choices=Reason.choices)
    given_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, help_text="The decision was taken back, or its appeal upheld.")

    class Meta:
        ordering = ["-given_at", "-id"]
        constraints = [models.CheckConstraint(condition=Q(expires_at__gt=F("given_at")), name="strike_expires_later")]
        indexes = [
            models.Index(fields=["workspace", "person_id", "expires_at"], name="strike_by_person"),
            models.Index(fields=["workspace", "-given_at", "-id"], name="strike_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}, until {self.expires_at:%Y-%m-%d}"


class Appeal(models.Model):
    """A person's word against a decision, which somebody else than who made it decides."""

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        UPHELD = "upheld", "Upheld"
        REJECTED = "rejected", "Rejected"

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    action = models.OneToOneField(Action, on_delete=models.CASCADE, related_name="appeal")
    key = models.TextField("id", help_text="The sender's.")
    person_id = models.UUIDField("person", help_text="Who appeals, as an actor.")
    text = models.TextField(blank=True, help_text="What they wrote.")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PENDING)
    appealed_at = models.DateTimeField(db_default=Now())
    # Copied from the action, so that the database can hold the two apart.
    decision_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["-appealed_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "key"], name="appeal_once"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | Q(decision_by__isnull=True) | ~Q(decided_by=F("decision_by")),
                name="appeal_decided_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=Q(status="pending", decided_at__isnull=True)
                | (~Q(status="pending") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="appeal_decided_at_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "appealed_at"], condition=Q(status="pending"), name="appeal_waiting"),
            models.Index(fields=["workspace", "-appealed_at", "-id"], name="appeal_latest"),
            models.Index(fields=["workspace", "decided_at"], condition=~Q(status="pending"), name="appeal_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.get_status_display()}, {self.appealed_at:%Y-%m-%d %H:%M}"

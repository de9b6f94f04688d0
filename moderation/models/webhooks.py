import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Webhook(models.Model):
    """An address of the team's own application, which is told what was decided."""

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    url = models.CharField(
        "address", max_length=500, help_text="https://...; what is posted to it is signed with a secret of its own."
    )
    enabled = models.BooleanField(default=True, help_text="Nothing is written down for a disabled one.")
    sealed_secret = models.TextField(blank=True, editable=False)
    sealed_secret_before = models.TextField(blank=True, editable=False)
    before_until = models.DateTimeField(
        "old secret signs until", null=True, editable=False, help_text="Until then both secrets sign."
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    # As the last attempts found it.
    answered_at = models.DateTimeField("last accepted", null=True, editable=False)
    failures = models.PositiveIntegerField("failures in a row", default=0, editable=False)
    error = models.TextField("last error", blank=True, editable=False)
    next_attempt_at = models.DateTimeField("left alone until", null=True, editable=False)

    class Meta:
        ordering = ["workspace", "url"]
        constraints = [models.UniqueConstraint(fields=["workspace", "url"], name="webhook_once")]

    def __str__(self) -> str:
        return self.url


class Delivery(models.Model):
    """One message to one address, written in the transaction of what it tells of and sent until it is accepted."""

    class Kind(models.TextChoices):
        DECIDED = "moderation.decided", "Decided"
        ACTED = "moderation.acted", "Acted by itself"
        UNDONE = "moderation.undone", "Taken back"
        APPEAL = "moderation.appeal_decided", "Appeal decided"
        OVERDUE = "moderation.overdue", "Waits too long"
        POINTS = "economy.alert", "Alert of the point economy"
        PING = "ping", "Ping"

    class Status(models.TextChoices):
        PENDING = "pending", "Waits"
        DELIVERED = "delivered", "Accepted"
        GIVEN_UP = "given_up", "Given up"

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    # The same at all addresses, and at every attempt.
    message_id = models.UUIDField("message", default=uuid.uuid4)
    kind = models.CharField(max_length=26, choices=Kind.choices)
    target = models.TextField(help_text="What it is about: messages on one target are sent in their order.")
    body = models.TextField(help_text="As it is signed and sent.")
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.PENDING)
    created_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(db_default=Now())
    give_up_at = models.DateTimeField(help_text="What has failed until then is not tried any more.")
    ended_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True, help_text="Of the last attempt.")

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["webhook", "message_id"], name="delivery_once"),
            models.CheckConstraint(
                condition=Q(status="pending", ended_at__isnull=True)
                | (~Q(status="pending") & Q(ended_at__isnull=False)),
                name="delivery_ended_at_a_time",
            ),
        ]
        indexes = [
            # The first that waits of each target.
            models.Index(fields=["webhook", "target", "id"], condition=Q(status="pending"), name="delivery_waiting"),
            models.Index(fields=["-created_at", "-id"], name="delivery_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.target}"

from django.db import models
from django.db.models import Q

from privacy.purposes import ASKED, ASKED_CHOICES


class ConsentRecord(models.Model):
    """One answer of a person for one purpose. Appended, never changed, so that any past state can be shown."""

    class Evidence(models.TextChoices):
        EVENT = "event", "An event"
        OPERATOR = "operator", "An operator"

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+")
    actor_id = models.UUIDField(help_text="The distinct id that answered.")
    purpose = models.CharField(max_length=15, choices=ASKED_CHOICES)
    granted = models.BooleanField()
    decided_at = models.DateTimeField(help_text="When the person answered.")
    recorded_at = models.DateTimeField(db_default=models.functions.Now())
    source = models.CharField(max_length=100, blank=True, help_text="Where, such as sign-up or settings.")
    policy_version = models.CharField(max_length=50, blank=True, help_text="The text the person had before them.")
    evidence = models.CharField(max_length=8, choices=Evidence.choices)
    event_id = models.UUIDField(null=True)
    recorded_by = models.ForeignKey("config.User", on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-decided_at", "-id"]
        constraints = [
            # An answer that is sent again is the same answer.
            models.UniqueConstraint(fields=["actor_id", "purpose", "decided_at", "granted"], name="consent_said_once"),
            models.CheckConstraint(condition=Q(purpose__in=ASKED), name="consent_purpose_known"),
        ]
        indexes = [models.Index(fields=["workspace", "-decided_at"], name="consent_by_time")]

    def __str__(self) -> str:
        return f"{self.purpose} {'granted' if self.granted else 'refused'}"


class Consent(models.Model):
    """What a distinct id answered last for a purpose. New events are held to it."""

    pk = models.CompositePrimaryKey("actor_id", "purpose")
    actor_id = models.UUIDField()
    purpose = models.CharField(max_length=15, choices=ASKED_CHOICES)
    workspace = models.ForeignKey(
        "config.Workspace", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    granted = models.BooleanField()
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["actor_id", "purpose"]

    def __str__(self) -> str:
        return f"{self.purpose} {'granted' if self.granted else 'refused'}"


class RefusedEvents(models.Model):
    """How many events a day were refused for want of consent: the only trace they leave."""

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+")
    day = models.DateField(help_text="UTC day on which they came.")
    purpose = models.CharField(max_length=20)
    events = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["-day", "purpose"]
        verbose_name_plural = "refused events"
        constraints = [models.UniqueConstraint(fields=["workspace", "day", "purpose"], name="refused_once_a_day")]

    def __str__(self) -> str:
        return f"{self.events} for {self.purpose} on {self.day}"

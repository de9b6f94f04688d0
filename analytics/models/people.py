from django.db import models
from django.db.models import F, Q


class Person(models.Model):
    """One row a person with any counted event: when first seen, when signed up (metrics.md)."""

    person_id = models.UUIDField(primary_key=True)
    workspace = models.ForeignKey(
        "config.Workspace", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    first_seen_at = models.DateTimeField()
    signed_up_at = models.DateTimeField(help_text="Sign-up event, else trait created_at, else first seen.")
    signed_up_on = models.DateField(help_text="Day of signed_up_at in the workspace's time zone.")

    class Meta:
        ordering = ["person_id"]
        verbose_name_plural = "people"
        indexes = [
            models.Index(fields=["workspace", "signed_up_on"], name="person_by_signup"),
            models.Index(fields=["workspace", "first_seen_at"], name="person_by_first_seen"),
        ]

    def __str__(self) -> str:
        return str(self.person_id)


class Session(models.Model):
    """Events of one person with no gap above 30 minutes; it belongs to the day it starts."""

    pk = models.CompositePrimaryKey("person_id", "started_at", "first_event_id")
    person_id = models.UUIDField()
    started_at = models.DateTimeField()
    first_event_id = models.UUIDField(help_text="Tells two sessions apart that start at the same instant.")
    excluded = models.BooleanField(help_text="Of a bot or a test account: kept apart from every count.")
    workspace = models.ForeignKey(
        "config.Workspace", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    ended_at = models.DateTimeField()
    events = models.IntegerField()
    pages = models.IntegerField(help_text="page_view and screen events.")
    actions = models.IntegerField(help_text="Other events of an active category.")
    first_action_at = models.DateTimeField(null=True)
    is_bounce = models.BooleanField()

    class Meta:
        ordering = ["started_at"]
        indexes = [
            models.Index(fields=["workspace", "started_at"], name="session_by_start"),
            # Which sessions reach into a re-opened hour.
            models.Index(fields=["workspace", "ended_at"], name="session_by_end"),
        ]
        constraints = [models.CheckConstraint(condition=Q(ended_at__gte=F("started_at")), name="session_forward")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.started_at:%Y-%m-%d %H:%M}"

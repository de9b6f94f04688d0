from django.db import models
from django.db.models.functions import Now


class TouchedHour(models.Model):
    """A UTC hour for which events of moderation came, to be looked at by the job; appended with the events."""

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+")
    hour = models.DateTimeField()

    class Meta:
        ordering = ["hour"]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:%M}"


class TakenEvent(models.Model):
    """What became of an event of moderation. Its row is written with what it did, so that nothing is done twice."""

    class Outcome(models.TextChoices):
        TAKEN = "taken", "Taken"
        WAITING = "waiting", "Waiting for its report"
        REFUSED = "refused", "Refused"

    pk = models.CompositePrimaryKey("workspace_id", "event_id")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    event_id = models.UUIDField()
    name = models.TextField()
    occurred_at = models.DateTimeField()
    outcome = models.CharField(max_length=7, choices=Outcome.choices)
    said = models.TextField(blank=True, help_text="Why it was refused.")
    report_key = models.TextField(blank=True, help_text="The report it waits for.")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-at"]
        indexes = [
            models.Index(
                fields=["workspace", "report_key"], condition=models.Q(outcome="waiting"), name="taken_event_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.get_outcome_display()}"

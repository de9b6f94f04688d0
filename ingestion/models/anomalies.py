from django.conf import settings
from django.db import models


class Anomaly(models.Model):
    """A minute in which one person sent more events by one source than a person can.

    Its events carry Flag.ANOMALOUS unless it is cleared.
    """

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    source = models.ForeignKey("ingestion.Source", on_delete=models.CASCADE, related_name="+", db_index=False)
    person_id = models.UUIDField("person", help_text="Whose events they were when it was found.")
    minute = models.DateTimeField()
    events = models.PositiveIntegerField()
    found_at = models.DateTimeField(db_default=models.functions.Now())
    cleared_at = models.DateTimeField(null=True, help_text="Somebody looked at it: it was none.")
    cleared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-minute", "-events"]
        verbose_name_plural = "anomalies"
        indexes = [models.Index(fields=["workspace", "-minute"], name="anomaly_by_minute")]
        constraints = [models.UniqueConstraint(fields=["source", "person_id", "minute"], name="anomaly_once")]

    def __str__(self) -> str:
        return f"{self.events} events at {self.minute:%Y-%m-%d %H:%M}"

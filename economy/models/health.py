from django.db import models
from django.db.models import Q


class PointAlert(models.Model):
    """A check of the point economy that failed (economy/health.py), from when it first did until it passed again.

    One that goes on failing is one alert.
    """

    class Severity(models.TextChoices):
        MEDIUM = "medium", "Medium"
        HIGH = "high", "High"
        CRITICAL = "critical", "Critical"

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    check_key = models.CharField("check", max_length=50)
    severity = models.CharField(max_length=8, choices=Severity.choices)
    said = models.TextField(help_text="What was found when it was looked at last.")
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField("last seen at")
    closed_at = models.DateTimeField(null=True, help_text="None: it goes on.")

    class Meta:
        ordering = ["-opened_at", "-id"]
        indexes = [models.Index(fields=["workspace", "-opened_at", "-id"], name="point_alert_latest")]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "check_key"], condition=Q(closed_at__isnull=True), name="point_alert_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.check_key} since {self.opened_at:%Y-%m-%d %H:%M}"

from django.db import models


class ArrivalCounts(models.Model):
    """What became of what came in."""

    received = models.BigIntegerField(help_text="Events that came, whatever became of them.")
    stored = models.BigIntegerField(help_text="Events that were new and are stored.")
    duplicates = models.BigIntegerField(help_text="Events that were there before.")
    rejected = models.BigIntegerField(help_text="Events that went to the quarantine.")
    refused = models.BigIntegerField(help_text="Events whose person does not agree to them: kept nowhere.")

    class Meta:
        abstract = True


class ArrivalHour(ArrivalCounts):
    """One row a workspace, UTC hour of receipt and count in Redis, which begins anew where Redis has lost it.

    Copied by analytics.arrivals, which says what steps are.
    """

    pk = models.CompositePrimaryKey("workspace_id", "hour", "since")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    hour = models.DateTimeField()
    since = models.BigIntegerField(help_text="Microseconds since 1970 at which the count began.")
    lag = models.JSONField(help_text="Events by step of the seconds from received to stored.")
    delay = models.JSONField(help_text="Events by step of the seconds from occurred to received.")

    class Meta:
        ordering = ["hour"]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:00}"


class ArrivalDaily(ArrivalCounts):
    """One row a workspace and day on which any event was received, replays of the quarantine aside."""

    pk = models.CompositePrimaryKey("workspace_id", "date")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    date = models.DateField(help_text="Day of receipt in the workspace's time zone.")
    minutes = models.FloatField(help_text="Minutes of the day that were over at the fill.")
    has_stored = models.SmallIntegerField(help_text="1 where anything was stored, else 0.")
    lag_p50 = models.FloatField(help_text="Median of the seconds from received to stored; 0 where nothing was stored.")
    lag_p95 = models.FloatField(help_text="What 95 of 100 of these stay under.")
    delay_p50 = models.FloatField(help_text="Median of the seconds from occurred to received.")
    delay_p95 = models.FloatField(help_text="What 95 of 100 of these stay under.")
    calculated_at = models.DateTimeField()

    class Meta:
        db_table = "arrival_daily"
        ordering = ["date"]
        verbose_name = "day of arrivals"
        verbose_name_plural = "days of arrivals"

    def __str__(self) -> str:
        return str(self.date)

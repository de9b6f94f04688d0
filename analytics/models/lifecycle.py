from django.db import models


class RecencyDaily(models.Model):
    """How the numbers of people by the day they were last seen, and last did a content act, changed on a day."""

    pk = models.CompositePrimaryKey("workspace_id", "date", "last_on")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    date = models.DateField(help_text="Day in the workspace's time zone.")
    last_on = models.DateField(help_text="A day up to then.")
    seen = models.IntegerField(
        help_text="People whose last day with any event it became, less those whose it ceased to be."
    )
    acted = models.IntegerField(
        help_text="People whose last day with a content act it became, less those whose it ceased to be."
    )
    calculated_at = models.DateTimeField()

    class Meta:
        db_table = "recency_daily"
        ordering = ["date", "last_on"]
        verbose_name = "recency of a day"
        verbose_name_plural = "recency by day"

    def __str__(self) -> str:
        return f"{self.date} {self.last_on}"


class LifecycleDaily(models.Model):
    """One row a day: people who have signed up by lifecycle and by segment at its end."""

    pk = models.CompositePrimaryKey("workspace_id", "date")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    date = models.DateField(help_text="Day in the workspace's time zone.")
    engaged = models.IntegerField(help_text="People who did a content act lately.")
    new = models.IntegerField(help_text="People who signed up lately and did no content act.")
    registered = models.IntegerField(help_text="People seen lately who are neither engaged nor new.")
    dormant = models.IntegerField(help_text="People idle for long, not yet churned.")
    churned_change = models.IntegerField(help_text="Churned people more than the day before.")
    power = models.IntegerField(help_text="People active every day of the week with many content acts.")
    active = models.IntegerField(help_text="People active in the week with some content acts, not power.")
    casual = models.IntegerField(help_text="People seen lately who are neither power nor active.")
    at_risk = models.IntegerField(help_text="People idle for two weeks (segments), not yet a month.")
    lost_change = models.IntegerField(help_text="People of the segment churned more than the day before.")
    calculated_at = models.DateTimeField()

    class Meta:
        db_table = "lifecycle_daily"
        ordering = ["date"]
        verbose_name = "lifecycle of a day"
        verbose_name_plural = "lifecycle by day"

    def __str__(self) -> str:
        return str(self.date)


class EngagementLevelDaily(models.Model):
    """One row a day: people by how much they did on it."""

    pk = models.CompositePrimaryKey("workspace_id", "date")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    date = models.DateField(help_text="Day in the workspace's time zone.")
    power_users = models.IntegerField(help_text="People whose score reaches the first threshold.")
    active = models.IntegerField(help_text="People whose score reaches the second threshold.")
    casual = models.IntegerField(help_text="Other people with a post, comment, vote or collection.")
    lurkers = models.IntegerField(help_text="People active in any other way.")
    inactive_change = models.IntegerField(
        help_text="People who have signed up and were not active, more than the day before."
    )
    calculated_at = models.DateTimeField()

    class Meta:
        db_table = "engagement_level_daily"
        ordering = ["date"]
        verbose_name = "engagement levels of a day"
        verbose_name_plural = "engagement levels by day"

    def __str__(self) -> str:
        return str(self.date)

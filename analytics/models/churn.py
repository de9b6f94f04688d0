from django.db import models


class ActivityGap(models.Model):
    """One row a day and number of days since the active day before: the people active on the day.

    From them follows how many distinct people were active in any stretch of up to 62 days, two months in a row.
    """

    pk = models.CompositePrimaryKey("workspace_id", "date", "bots", "gap")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    date = models.DateField(help_text="Day in the workspace's time zone.")
    bots = models.BooleanField(
        help_text="False: people alone. True: what counting bots and test accounts in adds to that, which may be "
        "negative."
    )
    gap = models.SmallIntegerField(help_text="Days since the active day before; 0 where the 61 days before have none.")
    people = models.IntegerField(help_text="Distinct people active on the day after that gap.")
    calculated_at = models.DateTimeField()

    class Meta:
        db_table = "activity_gaps"
        ordering = ["date", "bots", "gap"]

    def __str__(self) -> str:
        return f"{self.date} after {self.gap}"


class ChurnDaily(models.Model):
    """One row a day that had anybody active 30 to 59 days before it.

    Where bots or test accounts make a difference there is a second one, which counts them in.
    """

    pk = models.CompositePrimaryKey("workspace_id", "date", "with_bots")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    date = models.DateField(help_text="Day in the workspace's time zone.")
    with_bots = models.BooleanField(help_text="Bots and test accounts are counted in.")
    active_before = models.IntegerField(help_text="Distinct people active 30 to 59 days before the day.")
    churned = models.IntegerField(help_text="Of them, not active on the day nor in the 29 days before it.")
    calculated_at = models.DateTimeField()

    class Meta:
        db_table = "churn_daily"
        ordering = ["date", "with_bots"]
        verbose_name = "churn of a day"
        verbose_name_plural = "churn by day"

    def __str__(self) -> str:
        return str(self.date)

from django.db import models


class ClientDaily(models.Model):
    """One row a workspace and day with any event of a person: errors of clients, and how fast pages were."""

    pk = models.CompositePrimaryKey("workspace_id", "date")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    date = models.DateField(help_text="Day in the workspace's time zone.")
    errors = models.IntegerField(help_text="Events of the category error.")
    people_with_errors = models.IntegerField(help_text="Distinct people who met one.")
    pages_viewed = models.IntegerField(help_text="Views of pages and screens, which errors are divided by.")
    page_loads = models.IntegerField(help_text="Measured page loads.")
    has_page_loads = models.SmallIntegerField(help_text="1 where there is any, else 0.")
    page_load_p50 = models.FloatField(help_text="Median page load, as measured (ms); 0 where there is none.")
    page_load_p95 = models.FloatField(help_text="Page load that 95 of 100 stay under; 0 where there is none.")
    calculated_at = models.DateTimeField()

    class Meta:
        db_table = "client_daily"
        ordering = ["date"]
        verbose_name = "day of clients"
        verbose_name_plural = "days of clients"

    def __str__(self) -> str:
        return str(self.date)


class ClientSignalDaily(models.Model):
    """One row a workspace, day, signal (errors, or a measure such as lcp), dimension and value of it."""

    class Dimension(models.TextChoices):
        ALL = "all", "All"
        PAGE = "page", "Page"
        BROWSER = "browser", "Browser"
        PLATFORM = "platform", "Platform"

    pk = models.CompositePrimaryKey("workspace_id", "date", "signal", "dimension", "value")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    date = models.DateField(help_text="Day in the workspace's time zone.")
    signal = models.TextField(help_text="errors, or the name of what was measured; other beyond the most frequent.")
    dimension = models.CharField(max_length=8, choices=Dimension.choices, help_text="What value is of.")
    value = models.TextField(help_text="Such as /posts/:id; other beyond the most frequent, unknown where not sent.")
    events = models.IntegerField(help_text="Errors, or measurements.")
    people = models.IntegerField(help_text="Distinct people.")
    p50 = models.FloatField(null=True, help_text="Median of the measurements; null for errors and for other.")
    p95 = models.FloatField(null=True, help_text="What 95 of 100 measurements stay under.")
    calculated_at = models.DateTimeField()

    class Meta:
        db_table = "client_signal_daily"
        ordering = ["date", "signal", "dimension", "value"]
        verbose_name = "client signal of a day"
        verbose_name_plural = "client signals by day"

    def __str__(self) -> str:
        return f"{self.date} {self.signal} {self.value}"

from django.db import models


class FieldNullDaily(models.Model):
    """One row a declared field of an event type and day with any event of the type that was looked at."""

    pk = models.CompositePrimaryKey("workspace_id", "date", "field")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    date = models.DateField(help_text="Day in the workspace's time zone.")
    field = models.CharField(max_length=400, help_text="Event type and property, such as post_created.post_id.")
    events = models.IntegerField(help_text="Events of the type that were looked at: all, or a sample of a big day.")
    nulls = models.IntegerField(help_text="Those of them whose property is missing or null.")
    calculated_at = models.DateTimeField()

    class Meta:
        db_table = "field_null_daily"
        ordering = ["date", "field"]
        verbose_name = "nulls of a field and day"
        verbose_name_plural = "nulls by field and day"

    def __str__(self) -> str:
        return f"{self.field} {self.date}"

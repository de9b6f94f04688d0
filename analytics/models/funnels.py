from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Funnel(models.Model):
    """Ordered steps that people go through within a window; its days are filled into FunnelDay."""

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+")
    key = models.SlugField(help_text="Short name used in commands.")
    title = models.CharField(max_length=200)
    steps = ArrayField(models.CharField(max_length=500), help_text="As analytics.funnel_steps reads them.")
    window_seconds = models.PositiveIntegerField(default=7 * 86_400)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["title"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "key"], name="funnel_key_once"),
            models.CheckConstraint(condition=Q(window_seconds__gt=0), name="funnel_window_above_0"),
        ]

    def __str__(self) -> str:
        return self.title


class FunnelDay(models.Model):
    """One row a funnel, day and step, of the people who entered that day: how many came so far, whenever they did.

    Days on which nobody entered have none. Whoever enters on two days is in both.
    """

    pk = models.CompositePrimaryKey("funnel_id", "date", "step")
    funnel = models.ForeignKey(Funnel, on_delete=models.CASCADE, related_name="days", help_text="The funnel.")
    date = models.DateField(help_text="Day in the workspace's time zone on which people entered.")
    step = models.SmallIntegerField(help_text="1 is the step by which people enter.")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    entered = models.IntegerField(help_text="Distinct people who entered that day.")
    people_before = models.IntegerField(help_text="Of them, those who reached the step before; all, at step 1.")
    people = models.IntegerField(help_text="Of them, those who reached this step within the window.")
    median_seconds = models.FloatField(
        null=True, help_text="Between the step before and this one, of those who reached it; null where nobody did."
    )
    calculated_at = models.DateTimeField()

    class Meta:
        db_table = "funnel_daily"
        ordering = ["date", "step"]
        verbose_name = "day of a funnel"
        verbose_name_plural = "days of funnels"
        indexes = [models.Index(fields=["workspace", "date"], name="funnel_by_day")]

    def __str__(self) -> str:
        return f"{self.date} step {self.step}"

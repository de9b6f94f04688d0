from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now

from moderation.models.cases import AT_ONCE, Case
from moderation.models.policies import Severity

PRIORITIES = [(AT_ONCE, "At once"), *reversed(Severity.choices)]


class ServiceLevel(models.Model):
    """How long a case of one priority may wait for its decision."""

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    priority = models.PositiveSmallIntegerField(choices=PRIORITIES)
    within_minutes = models.PositiveIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(525_600)],
        help_text="From the first report to the decision.",
    )

    class Meta:
        ordering = ["workspace", "-priority"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "priority"], name="service_level_once"),
            models.CheckConstraint(
                condition=models.Q(within_minutes__range=(1, 525_600)), name="service_level_some_minutes"
            ),
        ]

    def __str__(self) -> str:
        return self.get_priority_display()


class Breach(models.Model):
    """A case that waited longer than its service level allows. A case has one, however often it is looked at."""

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="breach")
    priority = models.PositiveSmallIntegerField(choices=PRIORITIES, help_text="When it was found.")
    due_at = models.DateTimeField("due", help_text="When it should have been decided.")
    found_at = models.DateTimeField("found", db_default=Now())
    over_at = models.DateTimeField(
        "over", null=True, help_text="When it was decided, or found to be allowed to wait longer."
    )

    class Meta:
        ordering = ["-due_at", "-id"]
        verbose_name_plural = "breaches"
        indexes = [
            models.Index(fields=["workspace", "-due_at", "-id"], name="breach_latest"),
            models.Index(fields=["workspace"], condition=models.Q(over_at__isnull=True), name="breach_standing"),
        ]

    def __str__(self) -> str:
        return f"{self.get_priority_display()}, due {self.due_at:%Y-%m-%d %H:%M}"

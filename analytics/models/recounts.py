from django.db import models

MILLION = 1_000_000


class Recount(models.Model):
    """A random sample of numbers, each counted anew from the events by a statement of its own (analytics.recount)."""

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+")
    ran_at = models.DateTimeField(auto_now_add=True)
    first = models.DateField(help_text="First day that could be drawn.")
    last = models.DateField(help_text="Last day that could be drawn.")
    checked = models.IntegerField(help_text="Numbers that were compared.")
    drifted = models.IntegerField(help_text="Numbers that were not as the events say.")
    left_out = models.IntegerField(
        default=0,
        help_text="Numbers drawn and not compared: they took too long, or events came for their day meanwhile.",
    )

    class Meta:
        ordering = ["-ran_at", "-id"]
        indexes = [models.Index(fields=["workspace", "-ran_at"], name="recount_latest")]
        verbose_name = "recount"

    def __str__(self) -> str:
        return f"{self.ran_at:%Y-%m-%d %H:%M}"

    @property
    def drift_ppm(self) -> int | None:
        """Of a million numbers so many would be wrong; None where none was compared."""
        return round(MILLION * self.drifted / self.checked) if self.checked else None


class Drift(models.Model):
    """A number that was not as the events say."""

    recount = models.ForeignKey(Recount, on_delete=models.CASCADE, related_name="drifts")
    metric = models.CharField(max_length=100)
    date = models.DateField()
    person_id = models.UUIDField(null=True, help_text="Empty: of the whole workspace.")
    numerator = models.FloatField(help_text="As the rollup has it.")
    counted_numerator = models.FloatField(help_text="As the events say.")
    denominator = models.FloatField(null=True)
    counted_denominator = models.FloatField(null=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.metric} of {self.date}"

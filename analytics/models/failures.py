from django.db import models


class RollupFailure(models.Model):
    """A rollup that could not be filled the last time, or that waits for one that could not. Gone when it is filled."""

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+")
    rollup = models.CharField(max_length=50)
    since = models.DateTimeField(auto_now_add=True, help_text="The first time in a row.")
    failed_at = models.DateTimeField(help_text="The last time.")
    error = models.TextField(blank=True, help_text="Empty where it waits for another.")
    waits_for = models.CharField(max_length=50, blank=True, help_text="The rollup that failed before its turn came.")

    class Meta:
        ordering = ["workspace", "rollup"]
        constraints = [models.UniqueConstraint(fields=["workspace", "rollup"], name="rollup_failure_once")]

    def __str__(self) -> str:
        return f"{self.rollup} since {self.since:%Y-%m-%d %H:%M}"

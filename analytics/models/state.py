from django.db import models


class TouchedHour(models.Model):
    """A UTC hour in which events were stored after it was over, or whose events changed hands.

    Appended by whoever touches, in the same transaction; the engine turns rows it can see into open buckets and
    deletes them, so a row of a transaction still under way is never lost and nobody waits for anybody.
    """

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+")
    hour = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:00}"


class TouchedSince(models.Model):
    """An instant from which on what a rollup reads has changed, where no event did; appended as TouchedHour is."""

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+")
    rollup = models.CharField(max_length=50)
    since = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.rollup} {self.since:%Y-%m-%d %H:%M}"


class OpenBucket(models.Model):
    """A bucket of one rollup that has to be filled (again). Gone when the fill has committed."""

    pk = models.CompositePrimaryKey("workspace_id", "rollup", "bucket")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+")
    rollup = models.CharField(max_length=50)
    bucket = models.DateTimeField(help_text="First instant of the bucket.")
    opened_at = models.DateTimeField(auto_now_add=True, db_default=models.functions.Now())

    class Meta:
        ordering = ["workspace_id", "rollup", "bucket"]

    def __str__(self) -> str:
        return f"{self.rollup} {self.bucket:%Y-%m-%d %H:%M}"


class RollupState(models.Model):
    """How far a rollup of a workspace is filled without a gap: everything before filled_to was filled when over."""

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+")
    rollup = models.CharField(max_length=50)
    filled_to = models.DateTimeField(help_text="Start of the first bucket that was not over at the last fill.")
    filled_at = models.DateTimeField(help_text="When the last fill committed.")

    class Meta:
        ordering = ["workspace", "rollup"]
        constraints = [models.UniqueConstraint(fields=["workspace", "rollup"], name="rollup_state_once")]

    def __str__(self) -> str:
        return f"{self.rollup} to {self.filled_to:%Y-%m-%d %H:%M}"

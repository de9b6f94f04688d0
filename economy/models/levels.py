from django.db import models

from economy.models.accounts import Account


class LevelReached(models.Model):
    """When an account first had the points of a level. Points that are spent later take no row away."""

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    account = models.ForeignKey(
        Account, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    name = models.TextField()
    min_points = models.BigIntegerField()
    number = models.BigIntegerField(help_text="Of the transfer by which it was reached.")
    reached_at = models.DateTimeField(help_text="When that transfer occurred.")

    class Meta:
        ordering = ["account", "min_points"]
        constraints = [models.UniqueConstraint(fields=["account", "name"], name="level_reached_once")]
        indexes = [models.Index(fields=["workspace", "-reached_at"], name="level_reached_latest")]

    def __str__(self) -> str:
        return f"{self.name} at {self.reached_at:%Y-%m-%d %H:%M}"


class LevelState(models.Model):
    """Up to which transfer levels are noted, and by which table of levels."""

    workspace = models.OneToOneField("config.Workspace", on_delete=models.CASCADE, related_name="+", primary_key=True)
    number = models.BigIntegerField()
    levels = models.JSONField()

    class Meta:
        ordering = ["workspace"]

    def __str__(self) -> str:
        return f"{self.workspace_id} at {self.number}"

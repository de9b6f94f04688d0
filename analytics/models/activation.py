from django.db import models


class ActivatingDaily(models.Model):
    """One row a person and day with an activating act that has not been deleted since."""

    pk = models.CompositePrimaryKey("person_id", "date")
    person_id = models.UUIDField()
    date = models.DateField(help_text="Day in the workspace's time zone.")
    workspace = models.ForeignKey(
        "config.Workspace", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    acted_at = models.DateTimeField(help_text="The first such act of the day.")

    class Meta:
        db_table = "activating_daily"
        ordering = ["date", "person_id"]
        verbose_name = "activating day"
        indexes = [models.Index(fields=["workspace", "date"], name="activating_by_day")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.date}"


class Activation(models.Model):
    """One row a person who is activated."""

    person_id = models.UUIDField(primary_key=True)
    workspace = models.ForeignKey(
        "config.Workspace", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    activated_at = models.DateTimeField(help_text="The first activating act that has not been deleted since.")

    class Meta:
        ordering = ["person_id"]
        indexes = [models.Index(fields=["workspace", "activated_at"], name="activation_by_time")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.activated_at:%Y-%m-%d %H:%M}"


class ActivationDaily(models.Model):
    """One row a day on which anybody signed up: how many of them are activated by now."""

    pk = models.CompositePrimaryKey("workspace_id", "date")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    date = models.DateField(help_text="Day of the sign-up, in the workspace's time zone.")
    signups = models.IntegerField(help_text="People who signed up.")
    activated = models.IntegerField(help_text="Those of them who are activated.")
    days_to_first_activity = models.IntegerField(
        help_text="Days from sign-up to activation, of all activated together; 0 where that was earlier."
    )
    calculated_at = models.DateTimeField()

    class Meta:
        db_table = "activation_daily"
        ordering = ["date"]
        verbose_name = "activation of a day"
        verbose_name_plural = "activation by day"

    def __str__(self) -> str:
        return str(self.date)

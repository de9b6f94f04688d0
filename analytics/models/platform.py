from django.db import models

from analytics.models.activity import PeopleCounts


class PlatformPeriod(PeopleCounts):
    """Distinct people of a week or month, and of the one before it."""

    pk = models.CompositePrimaryKey("workspace_id", "date", "with_bots")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    date = models.DateField(help_text="First day, in the workspace's time zone.")
    with_bots = models.BooleanField(default=False, help_text="Bots and test accounts are counted in.")
    active_people = models.IntegerField(default=0, help_text="Distinct people active in it.")
    previous_people = models.IntegerField(default=0, help_text="Distinct people active in the one before.")
    retained_people = models.IntegerField(default=0, help_text="Distinct people active in both.")
    calculated_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.date)


class PlatformWeekly(PlatformPeriod):
    """One row a workspace and week from Monday in which, or in the one before which, anybody was active.

    Where bots or test accounts were active in the two there is a second one, which counts them in.
    """

    wau = models.GeneratedField(
        expression=models.F("active_people"),  # type: ignore[arg-type]  # the stubs do not know it for one
        output_field=models.IntegerField(),
        db_persist=True,
        help_text="The same: weekly active people.",
    )

    class Meta:
        db_table = "platform_weekly"
        ordering = ["date"]
        verbose_name = "platform week"


class PlatformMonthly(PlatformPeriod):
    """One row a workspace and calendar month in which, or in the one before which, anybody was active.

    Where bots or test accounts were active in the two there is a second one, which counts them in.
    """

    mau = models.GeneratedField(
        expression=models.F("active_people"),  # type: ignore[arg-type]  # the stubs do not know it for one
        output_field=models.IntegerField(),
        db_persist=True,
        help_text="The same: monthly active people.",
    )

    class Meta:
        db_table = "platform_monthly"
        ordering = ["date"]
        verbose_name = "platform month"

from django.contrib.postgres.fields import ArrayField
from django.db import models

BOTS = "False: people alone. True: what counting bots and test accounts in adds to that, which may be negative."


class PersonLatest(models.Model):
    """One row a person with any active day: the latest, by events that count and, apart, by those that do not."""

    pk = models.CompositePrimaryKey("person_id", "excluded")
    person_id = models.UUIDField()
    excluded = models.BooleanField(help_text="By events of a bot or a test account: kept apart from every count.")
    workspace = models.ForeignKey(
        "config.Workspace", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    last_active_on = models.DateField(help_text="Latest day, in the workspace's time zone, on which active.")

    class Meta:
        db_table = "person_latest"
        ordering = ["person_id"]
        verbose_name_plural = "latest days of people"
        indexes = [models.Index(fields=["workspace", "last_active_on"], name="person_by_last_active")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.last_active_on}"


class UserCohort(models.Model):
    """One row a day on which people signed up: how many, and how many of them were still active so much later.

    Weeks and months of sign-ups are sums of days, since a person has one sign-up day.
    """

    pk = models.CompositePrimaryKey("workspace_id", "signed_up_on", "bots")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    signed_up_on = models.DateField(help_text="Day of the sign-up in the workspace's time zone.")
    bots = models.BooleanField(help_text=BOTS)
    people = models.IntegerField(help_text="People who signed up, those never active again too.")
    active_people = models.IntegerField(help_text="Of them, active on any day.")
    still_active = ArrayField(
        models.IntegerField(),
        help_text="Of them, active 0, 1, ... 90 days after the sign-up day or on any later day.",
    )
    calculated_at = models.DateTimeField()

    class Meta:
        db_table = "user_cohorts"
        ordering = ["signed_up_on", "bots"]

    def __str__(self) -> str:
        return str(self.signed_up_on)


class CohortRetention(models.Model):
    """One row a day and day of sign-up: the people of that sign-up day who were active on the day."""

    pk = models.CompositePrimaryKey("workspace_id", "date", "signed_up_on", "bots")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    date = models.DateField(help_text="Day in the workspace's time zone.")
    signed_up_on = models.DateField(help_text="Day of the sign-up in the workspace's time zone.")
    bots = models.BooleanField(help_text=BOTS)
    active = models.IntegerField(help_text="Distinct people active.")
    first_of_week = models.IntegerField(
        help_text="Of them, those not active earlier in the same week since their sign-up: seven days add up to the "
        "distinct people of the week."
    )
    posts_created = models.IntegerField(help_text="Posts by them.")
    comments_created = models.IntegerField(help_text="Comments by them.")
    calculated_at = models.DateTimeField()

    class Meta:
        db_table = "cohort_retention"
        ordering = ["date", "signed_up_on", "bots"]
        verbose_name = "retention of a cohort"
        verbose_name_plural = "retention of cohorts"
        indexes = [models.Index(fields=["workspace", "signed_up_on", "date"], name="retention_by_signup")]

    def __str__(self) -> str:
        return f"{self.signed_up_on} on {self.date}"

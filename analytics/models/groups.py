"""What groups of people did by day: the rows that filters of dashboards are read from."""

from django.db import models

from analytics.models.activity import ActivityCounts


class GroupActivity(ActivityCounts):
    """What all of a group did on a day, without bots and test accounts."""

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    date = models.DateField(help_text="Day in the workspace's time zone.")
    people = models.IntegerField(help_text="Distinct people with any event: how large the group was.")
    dau = models.IntegerField(help_text="Distinct people active.")
    calculated_at = models.DateTimeField()

    class Meta:
        abstract = True


class GroupSessions(GroupActivity):
    """And their sessions, where a session is of one group."""

    sessions = models.IntegerField(help_text="Sessions started this day.")
    session_seconds = models.FloatField()
    bounces = models.IntegerField()
    session_pages = models.IntegerField()
    interactive_sessions = models.IntegerField()
    interaction_seconds = models.FloatField()

    class Meta:
        abstract = True


class SegmentActivityDaily(GroupSessions):
    """One row a day and segment of whose people anybody did anything."""

    pk = models.CompositePrimaryKey("workspace_id", "date", "segment")
    segment = models.CharField(max_length=10, help_text="power, active or casual, by the 7 days that end with the day.")

    class Meta:
        db_table = "segment_activity_daily"
        ordering = ["date", "segment"]
        verbose_name = "day of a segment"
        verbose_name_plural = "days of segments"

    def __str__(self) -> str:
        return f"{self.segment} {self.date}"


class CohortActivityDaily(GroupSessions):
    """One row a day and month of sign-up of whose people anybody did anything or signed up."""

    pk = models.CompositePrimaryKey("workspace_id", "date", "cohort")
    cohort = models.CharField(max_length=7, help_text="Month of the sign-up, such as 2026-01.")
    new_signups = models.IntegerField(help_text="People whose sign-up day it is.")

    class Meta:
        db_table = "cohort_activity_daily"
        ordering = ["date", "cohort"]
        verbose_name = "day of a cohort"
        verbose_name_plural = "days of cohorts"

    def __str__(self) -> str:
        return f"{self.cohort} {self.date}"


class PlatformActivityDaily(GroupActivity):
    """One row a day and platform on which anybody did anything; who uses two on a day is in the rows of both."""

    pk = models.CompositePrimaryKey("workspace_id", "date", "platform")
    platform = models.CharField(
        max_length=50, help_text="As clients send it, in small letters; other beyond the most frequent, unknown."
    )
    errors = models.IntegerField(help_text="Events of the category error.")
    people_with_errors = models.IntegerField(help_text="Distinct people who met one.")
    page_loads = models.IntegerField(help_text="Measured page loads.")
    has_page_loads = models.SmallIntegerField(help_text="1 where there is any, else 0.")
    page_load_p50 = models.FloatField(help_text="Median page load (ms); 0 where there is none.")
    page_load_p95 = models.FloatField(help_text="Page load that 95 of 100 stay under; 0 where there is none.")

    class Meta:
        db_table = "platform_activity_daily"
        ordering = ["date", "platform"]
        verbose_name = "day of a platform"
        verbose_name_plural = "days of platforms"

    def __str__(self) -> str:
        return f"{self.platform} {self.date}"

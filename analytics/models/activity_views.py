"""Views of who is active for reading with SQL, without bots and test accounts."""

from django.db import models
from django_pgviews import view as pg


class DailyActiveUsers(pg.View):
    """One row a workspace and day of platform_daily: people active on it, and in the 7 and 30 days that end with it."""

    sql = """
        SELECT
            workspace_id,
            date,
            dau AS active_users,
            wau AS active_users_7_days,
            mau AS active_users_30_days,
            dau::float8 / nullif(mau, 0) AS stickiness,
            new_signups,
            calculated_at
        FROM platform_daily
        WHERE NOT with_bots
    """

    workspace_id = models.IntegerField()
    date = models.DateField(primary_key=True, help_text="Day in the workspace's time zone.")
    active_users = models.IntegerField(help_text="Distinct people active on the day: dau.")
    active_users_7_days = models.IntegerField(help_text="In the 7 days that end with it: wau.")
    active_users_30_days = models.IntegerField(help_text="In the 30 days that end with it: mau.")
    stickiness = models.FloatField(null=True, help_text="dau divided by mau.")
    new_signups = models.IntegerField(help_text="People whose sign-up day it is.")
    calculated_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "daily_active_users"

    def __str__(self) -> str:
        return str(self.date)


def _of_periods(table: str) -> str:
    return f"""
        SELECT
            workspace_id,
            date,
            active_people AS active_users,
            previous_people AS previous_users,
            retained_people AS retained_users,
            retained_people::float8 / nullif(previous_people, 0) AS retention,
            calculated_at
        FROM {table}
        WHERE NOT with_bots
    """  # noqa: S608 the only part put in is the name of our own table


class WeeklyActiveUsers(pg.View):
    """One row a workspace and week of platform_weekly: people active from Monday to Sunday, each counted once."""

    sql = _of_periods("platform_weekly")

    workspace_id = models.IntegerField()
    date = models.DateField(primary_key=True, help_text="Monday of the week.")
    active_users = models.IntegerField(help_text="Distinct people active in the week.")
    previous_users = models.IntegerField(help_text="Distinct people active in the week before.")
    retained_users = models.IntegerField(help_text="Distinct people active in both.")
    retention = models.FloatField(null=True, help_text="Retained divided by previous.")
    calculated_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "weekly_active_users"

    def __str__(self) -> str:
        return str(self.date)


class MonthlyActiveUsers(pg.View):
    """One row a workspace and month of platform_monthly: people active in the calendar month, each counted once."""

    sql = _of_periods("platform_monthly")

    workspace_id = models.IntegerField()
    date = models.DateField(primary_key=True, help_text="First day of the month.")
    active_users = models.IntegerField(help_text="Distinct people active in the month.")
    previous_users = models.IntegerField(help_text="Distinct people active in the month before.")
    retained_users = models.IntegerField(help_text="Distinct people active in both.")
    retention = models.FloatField(null=True, help_text="Retained divided by previous.")
    calculated_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "monthly_active_users"

    def __str__(self) -> str:
        return str(self.date)


class ActiveUser(pg.View):
    """One row a person active in the 30 days that end with today, by the last fill."""

    sql = """
        SELECT
            workspace.id::integer AS workspace_id,
            activity.person_id,
            max(activity.date) AS last_active_on,
            max(activity.last_event_at) AS last_event_at,
            bool_or(activity.date = day.today) AS active_today,
            count(*) FILTER (WHERE activity.date > day.today - 7)::integer AS active_days_7,
            count(*)::integer AS active_days_30,
            sum(activity.sessions)::integer AS sessions,
            sum(activity.posts_created + activity.community_posts)::integer AS posts,
            sum(activity.comments_created)::integer AS comments,
            sum(activity.likes_given)::integer AS likes_given
        FROM config_workspace AS workspace
        CROSS JOIN LATERAL (SELECT (now() AT TIME ZONE workspace.time_zone)::date AS today) AS day
        JOIN user_activity_daily AS activity
            ON
                activity.workspace_id = workspace.id
                AND activity.date > day.today - 30 AND activity.date <= day.today
                AND activity.active_events > 0 AND NOT activity.excluded
        GROUP BY workspace.id, activity.person_id
    """

    workspace_id = models.IntegerField()
    person_id = models.UUIDField(primary_key=True)
    last_active_on = models.DateField(help_text="Last day on which the person was active.")
    last_event_at = models.DateTimeField(help_text="Time of the last event of an active day.")
    active_today = models.BooleanField(help_text="Active on the day under way.")
    active_days_7 = models.IntegerField(help_text="Distinct active days of the 7 that end with today.")
    active_days_30 = models.IntegerField(help_text="Distinct active days of the 30 that end with today.")
    sessions = models.IntegerField(help_text="Sessions started on active days of the 30.")
    posts = models.IntegerField(help_text="Posts of the 30 days, those made inside communities included.")
    comments = models.IntegerField(help_text="Comments of the 30 days.")
    likes_given = models.IntegerField(help_text="Likes given in the 30 days.")

    class Meta:
        managed = False
        db_table = "v_active_users"

    def __str__(self) -> str:
        return str(self.person_id)

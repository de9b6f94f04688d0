from django.contrib.postgres.fields import ArrayField
from django.db import models


class ActivityCounts(models.Model):
    """The counts of metrics.md, the same columns in every grain."""

    events = models.IntegerField(default=0, help_text="Events of any category.")
    active_events = models.IntegerField(default=0, help_text="Events that make a person active.")
    posts_created = models.IntegerField(default=0)
    comments_created = models.IntegerField(default=0)
    likes_given = models.IntegerField(default=0)
    shares = models.IntegerField(default=0)
    follows_made = models.IntegerField(default=0)
    unfollows_made = models.IntegerField(default=0)
    messages_sent = models.IntegerField(default=0)
    profile_views = models.IntegerField(default=0)
    news_articles_viewed = models.IntegerField(default=0)
    trending_items_viewed = models.IntegerField(default=0)
    stories_viewed = models.IntegerField(default=0)
    media_uploaded = models.IntegerField(default=0)
    communities_joined = models.IntegerField(default=0)
    communities_left = models.IntegerField(default=0)
    community_posts = models.IntegerField(default=0)
    posts_viewed = models.IntegerField(default=0)
    pages_viewed = models.IntegerField(default=0)
    collections_created = models.IntegerField(default=0)
    votes_given = models.IntegerField(default=0)

    class Meta:
        abstract = True


class UserActivityDaily(ActivityCounts):
    """One row a person and day with any event by the person or like on the person's content."""

    pk = models.CompositePrimaryKey("person_id", "date", "excluded")
    person_id = models.UUIDField()
    date = models.DateField(help_text="Day in the workspace's time zone.")
    excluded = models.BooleanField(help_text="Of a bot or a test account: kept apart from every count.")
    workspace = models.ForeignKey(
        "config.Workspace", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    likes_received = models.IntegerField(default=0, help_text="Likes by others on the person's content.")
    sessions = models.IntegerField(default=0, help_text="Sessions started this day.")
    session_seconds = models.FloatField(default=0)
    bounces = models.IntegerField(default=0)
    session_pages = models.IntegerField(default=0)
    interactive_sessions = models.IntegerField(default=0)
    interaction_seconds = models.FloatField(default=0)
    first_event_at = models.DateTimeField(null=True)
    last_event_at = models.DateTimeField(null=True)
    signed_up_at = models.DateTimeField(null=True, help_text="First sign-up event of the day.")
    trait_created_at = models.DateTimeField(null=True, help_text="Earliest created_at trait sent this day.")
    sources = ArrayField(
        models.IntegerField(), default=list, db_default=[], help_text="Sources that sent events of the day."
    )
    calculated_at = models.DateTimeField()

    class Meta:
        db_table = "user_activity_daily"
        ordering = ["date", "person_id"]
        verbose_name = "user activity of a day"
        verbose_name_plural = "user activity by day"
        indexes = [
            models.Index(fields=["workspace", "date"], name="user_activity_by_day"),
            # Whether there were any bots, asked of weeks of days by every rollup that counts them in.
            models.Index(fields=["workspace", "date"], name="user_activity_of_bots", condition=models.Q(excluded=True)),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.date}"


class HourlyMetrics(ActivityCounts):
    """One row a workspace and UTC hour with any counted event."""

    pk = models.CompositePrimaryKey("workspace_id", "hour")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    hour = models.DateTimeField()
    active_people = models.IntegerField(default=0)
    likes_received = models.IntegerField(default=0)
    signups = models.IntegerField(default=0, help_text="Sign-up events.")
    errors = models.IntegerField(default=0, help_text="Events of the category error.")
    calculated_at = models.DateTimeField()

    class Meta:
        db_table = "hourly_metrics"
        ordering = ["hour"]
        verbose_name_plural = "hourly metrics"

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:00}"


class PeopleCounts(models.Model):
    """Distinct people by what they did, counted anew in every grain."""

    active_posters = models.IntegerField(default=0, help_text="Distinct active people who posted.")
    active_commenters = models.IntegerField(default=0, help_text="Distinct active people who commented.")
    active_voters = models.IntegerField(default=0, help_text="Distinct active people who voted.")
    active_collectors = models.IntegerField(default=0, help_text="Distinct active people who made a collection.")
    social_people = models.IntegerField(default=0, help_text="Distinct active people who posted or commented.")
    activities = models.IntegerField(
        default=0, help_text="Posts, comments, votes, collections and views given together."
    )

    class Meta:
        abstract = True


class PlatformDaily(ActivityCounts, PeopleCounts):
    """One row a workspace and day on which anybody was active within the 30 days that end with it, or signed up.

    Where bots or test accounts were active in those days there is a second one, which counts them in.
    """

    pk = models.CompositePrimaryKey("workspace_id", "date", "with_bots")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    date = models.DateField(help_text="Day in the workspace's time zone.")
    with_bots = models.BooleanField(default=False, help_text="Bots and test accounts are counted in.")
    dau = models.IntegerField(default=0)
    wau = models.IntegerField(default=0)
    mau = models.IntegerField(default=0)
    new_signups = models.IntegerField(default=0)
    likes_received = models.IntegerField(default=0)
    sessions = models.IntegerField(default=0)
    session_seconds = models.FloatField(default=0)
    bounces = models.IntegerField(default=0)
    session_pages = models.IntegerField(default=0)
    interactive_sessions = models.IntegerField(default=0)
    interaction_seconds = models.FloatField(default=0)
    posts = models.IntegerField(default=0)
    comments = models.IntegerField(default=0)
    votes = models.IntegerField(default=0)
    collections = models.IntegerField(default=0)
    views_given = models.IntegerField(default=0)
    calculated_at = models.DateTimeField()

    class Meta:
        db_table = "platform_daily"
        ordering = ["date"]
        verbose_name = "platform day"

    def __str__(self) -> str:
        return str(self.date)

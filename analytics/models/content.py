from django.contrib.postgres.fields import ArrayField
from django.db import models


class ContentCounts(models.Model):
    """What has been done to content so far: acts of people, bots and test accounts left out."""

    views = models.IntegerField(default=0, help_text="Views so far.")
    unique_views = models.IntegerField(default=0, help_text="Distinct people who have viewed it so far.")
    likes = models.IntegerField(
        default=0, help_text="Likes so far, those taken back taken off; its author's count too."
    )
    comments = models.IntegerField(default=0, help_text="Comments on it so far.")
    shares = models.IntegerField(default=0, help_text="Shares so far.")
    saves = models.IntegerField(default=0, help_text="Saves so far, those taken back taken off.")

    class Meta:
        abstract = True


class ContentPerformanceDaily(ContentCounts):
    """One row a content object and day on which anything was done to it: counts at the end of the day, and their
    change since the day before.
    """

    pk = models.CompositePrimaryKey("workspace_id", "content_type", "content_id", "date")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    content_type = models.TextField(help_text="Kind of content: post, comment, story, ...")
    content_id = models.TextField(help_text="The sender's id of it.")
    date = models.DateField(help_text="Day in the workspace's time zone.")
    views_delta = models.IntegerField(default=0, help_text="Views this day.")
    unique_views_delta = models.IntegerField(default=0, help_text="People who viewed it for the first time this day.")
    likes_delta = models.IntegerField(default=0, help_text="Likes given this day minus those taken back.")
    comments_delta = models.IntegerField(default=0, help_text="Comments on it this day.")
    shares_delta = models.IntegerField(default=0, help_text="Shares this day.")
    saves_delta = models.IntegerField(default=0, help_text="Saves this day minus those taken back.")
    created_at = models.DateTimeField(null=True, help_text="When it was created, where that was this day.")
    deleted_at = models.DateTimeField(null=True, help_text="When it was deleted, where that was this day.")
    author_id = models.UUIDField(null=True, help_text="Person whose it is, where an event of the day says so.")
    community_id = models.TextField(null=True, help_text="Community, group or channel, where an event says so.")
    tags = ArrayField(models.TextField(), null=True, help_text="Tags it was created with, where that was this day.")
    countries = models.JSONField(
        null=True, help_text="People by country who did anything to it this day; only of those who agree to it."
    )
    calculated_at = models.DateTimeField()

    class Meta:
        db_table = "content_performance_daily"
        ordering = ["date", "content_type", "content_id"]
        verbose_name = "content performance of a day"
        verbose_name_plural = "content performance by day"
        indexes = [
            models.Index(fields=["workspace", "date"], name="content_by_day"),
            # When was it created, when deleted.
            models.Index(
                fields=["workspace", "content_type", "content_id", "date"],
                condition=models.Q(created_at__isnull=False),
                name="content_day_of_creation",
            ),
            models.Index(
                fields=["workspace", "content_type", "content_id", "date"],
                condition=models.Q(deleted_at__isnull=False),
                name="content_day_of_deletion",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.content_type} {self.content_id} {self.date}"


class ContentViewer(models.Model):
    """One row a content object and person who has viewed it: the day of the first view, by which distinct people are
    counted.
    """

    pk = models.CompositePrimaryKey("content_key", "person_id")
    # md5 of workspace, type and id: computed, never looked up, and half as long.
    content_key = models.UUIDField()
    person_id = models.UUIDField()
    workspace = models.ForeignKey(
        "config.Workspace", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    first_on = models.DateField(help_text="Day of the first view.")

    class Meta:
        ordering = ["content_key", "person_id"]
        indexes = [models.Index(fields=["workspace", "first_on"], name="content_viewer_by_day")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.first_on}"


class Content(ContentCounts):
    """One row a content object: whose it is, where and when it was created and deleted, and its counts of all time."""

    pk = models.CompositePrimaryKey("workspace_id", "content_type", "content_id")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    content_type = models.TextField(help_text="Kind of content: post, comment, story, ...")
    content_id = models.TextField(help_text="The sender's id of it.")
    author_id = models.UUIDField(null=True, help_text="Person whose it is, where any event says so.")
    community_id = models.TextField(null=True, help_text="Community, group or channel it is in, where known.")
    tags = ArrayField(models.TextField(), default=list, help_text="Tags it was created with, in small letters.")
    created_at = models.DateTimeField(null=True, help_text="When it was created; empty where no event says so.")
    deleted_at = models.DateTimeField(null=True, help_text="When it was deleted; empty while it is there.")
    last_on = models.DateField(help_text="The last day on which anything was done to it.")
    calculated_at = models.DateTimeField()

    class Meta:
        db_table = "content"
        ordering = ["-created_at"]
        verbose_name_plural = "content"
        indexes = [
            models.Index(fields=["workspace", "created_at"], name="content_by_creation"),
            models.Index(
                fields=["workspace", "deleted_at"],
                condition=models.Q(deleted_at__isnull=False),
                name="content_by_deletion",
            ),
            models.Index(fields=["workspace", "last_on"], name="content_by_last_day"),
        ]

    def __str__(self) -> str:
        return f"{self.content_type} {self.content_id}"


class ContentDaily(models.Model):
    """One row a workspace and day on which anything was done to content: all of it together, without bots."""

    pk = models.CompositePrimaryKey("workspace_id", "date")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    date = models.DateField(help_text="Day in the workspace's time zone.")
    objects_touched = models.IntegerField(default=0, help_text="Content objects to which anything was done.")
    posts = models.IntegerField(default=0, help_text="Posts created.")
    views = models.IntegerField(default=0, help_text="Views of content.")
    likes = models.IntegerField(default=0, help_text="Likes of content, less those taken back.")
    comments = models.IntegerField(default=0, help_text="Comments on content.")
    shares = models.IntegerField(default=0, help_text="Shares of content.")
    saves = models.IntegerField(default=0, help_text="Saves of content, less those taken back.")
    engagements = models.IntegerField(default=0, help_text="Likes, comments and shares together.")
    publications = models.IntegerField(default=0, help_text="Posts created and comments together.")
    calculated_at = models.DateTimeField()

    class Meta:
        db_table = "content_daily"
        ordering = ["date"]
        verbose_name = "content day"

    def __str__(self) -> str:
        return str(self.date)

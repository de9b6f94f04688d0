from django.db import models


class OfPerson(models.Model):
    """What the tables of engagement by person have in common."""

    date = models.DateField(help_text="Day in the workspace's time zone.")
    workspace = models.ForeignKey(
        "config.Workspace", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )

    class Meta:
        abstract = True


class Follow(OfPerson):
    """The last follow or unfollow of a day: one row a follower, a followed person and day with any."""

    pk = models.CompositePrimaryKey("follower_id", "followed_id", "date")
    follower_id = models.UUIDField(help_text="Person who follows.")
    followed_id = models.UUIDField(help_text="Person who is followed.")
    follows = models.BooleanField(help_text="Whether the one follows the other as the day ends.")
    change = models.SmallIntegerField(help_text="Against the row before: 1 follows now, -1 no longer, 0 as before.")

    class Meta(OfPerson.Meta):
        ordering = ["date", "follower_id", "followed_id"]
        indexes = [
            models.Index(fields=["workspace", "date"], name="follow_by_day"),
            # Which days a merge of the followed person reaches.
            models.Index(fields=["followed_id"], name="follow_by_followed"),
        ]

    def __str__(self) -> str:
        return f"{self.follower_id} {self.followed_id} {self.date}"


class FollowCount(OfPerson):
    """One row a person and day on which followers or followed people changed: how many there are as the day ends.

    They hold until the next row of the person.
    """

    pk = models.CompositePrimaryKey("person_id", "date")
    person_id = models.UUIDField()
    followers = models.IntegerField(help_text="People who follow the person.")
    following = models.IntegerField(help_text="People whom the person follows.")

    class Meta(OfPerson.Meta):
        db_table = "follow_count_daily"
        ordering = ["date", "person_id"]
        indexes = [models.Index(fields=["workspace", "date"], name="follow_count_by_day")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.date}"


class UserEngagementDaily(OfPerson):
    """One row a person and day on which the score can change: of own events then or 30 days before, or of followers.

    It holds until the next row of the person.
    """

    pk = models.CompositePrimaryKey("person_id", "date")
    person_id = models.UUIDField()
    is_active = models.BooleanField(help_text="Active on the day.")
    reach_points = models.DecimalField(
        max_digits=14, decimal_places=4, help_text="R: posts, likes, comments, messages and follows of 30 days."
    )
    followers = models.IntegerField(help_text="People who follow the person as the day ends.")
    following = models.IntegerField(help_text="People whom the person follows as the day ends.")
    standing_points = models.DecimalField(max_digits=11, decimal_places=4, help_text="S: followers against following.")
    active_days = models.IntegerField(help_text="K: distinct active days of the 30 that end with the day.")
    engagement_score = models.DecimalField(max_digits=14, decimal_places=4, help_text="Weighted sum of R, S and K.")
    calculated_at = models.DateTimeField()

    class Meta(OfPerson.Meta):
        db_table = "user_engagement_daily"
        ordering = ["date", "person_id"]
        verbose_name = "engagement of a person on a day"
        verbose_name_plural = "engagement of people by day"
        indexes = [models.Index(fields=["workspace", "date"], name="user_engagement_by_day")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.date}"


class EngagementDaily(models.Model):
    """One row a workspace and day on which anybody was active."""

    pk = models.CompositePrimaryKey("workspace_id", "date")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    date = models.DateField(help_text="Day in the workspace's time zone.")
    engagement_people = models.IntegerField(help_text="People active on the day.")
    engagement_sum = models.FloatField(help_text="Their engagement scores added up.")
    calculated_at = models.DateTimeField()

    class Meta:
        db_table = "engagement_daily"
        ordering = ["date"]
        verbose_name = "engagement day"

    def __str__(self) -> str:
        return str(self.date)

from django.db import models


class MembershipDay(models.Model):
    """One row a person, community and day on which the person joined or left it; those of bots are not kept.

    Whether the first of these changed anything depends on the row before, which may yet come.
    """

    pk = models.CompositePrimaryKey("person_id", "community_id", "date")
    person_id = models.UUIDField()
    community_id = models.TextField(help_text="The sender's id of the community.")
    date = models.DateField(help_text="Day in the workspace's time zone.")
    workspace = models.ForeignKey(
        "config.Workspace", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    begins_with_join = models.BooleanField(help_text="The first of the day was a join.")
    is_member = models.BooleanField(help_text="The last of the day was a join.")
    joins = models.IntegerField(help_text="Joins after a leave of the same day.")
    leaves = models.IntegerField(help_text="Leaves after a join of the same day.")

    class Meta:
        db_table = "membership_daily"
        ordering = ["date", "community_id", "person_id"]
        indexes = [models.Index(fields=["workspace", "date"], name="membership_by_day")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.community_id} {self.date}"


class CommunityDaily(models.Model):
    """One row a community and day on which anybody joined or left it, or posted, commented or interacted in it.

    Bots and test accounts are left out. Members at the end of a day are the sum of member_change up to it, so that who
    joined long ago changes the row of that day alone; the view community_engagement tells them.
    """

    pk = models.CompositePrimaryKey("workspace_id", "community_id", "date")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    community_id = models.TextField(help_text="The sender's id of the community.")
    date = models.DateField(help_text="Day in the workspace's time zone.")
    new_members = models.IntegerField(help_text="Times that somebody became a member.")
    members_left = models.IntegerField(help_text="Times that a member left.")
    member_change = models.IntegerField(help_text="New members without those who left.")
    active_members = models.IntegerField(
        help_text="Distinct people who posted, commented, voted or made a collection in it and are members at day end."
    )
    active_people = models.IntegerField(help_text="The same, whether members or not.")
    posts = models.IntegerField(help_text="Posts in it.")
    comments = models.IntegerField(help_text="Comments in it.")
    total_interactions = models.IntegerField(help_text="Posts, comments, likes, shares, votes and collections in it.")
    calculated_at = models.DateTimeField()

    class Meta:
        db_table = "community_daily"
        ordering = ["date", "community_id"]
        verbose_name = "community day"
        indexes = [models.Index(fields=["workspace", "date"], name="community_by_day")]

    def __str__(self) -> str:
        return f"{self.community_id} {self.date}"

from django.db import models


class Trait(models.Model):
    """One thing that is said of somebody or something. Of two values the one said later wins, whichever came first."""

    key = models.TextField()
    value = models.JSONField(null=True, help_text="Null when it was taken back.")
    stated = models.BooleanField(
        help_text="Said by an identify, a group call or a profile update, which goes before what clients repeat."
    )
    occurred_at = models.DateTimeField(help_text="When it was said.")
    event_id = models.UUIDField(help_text="The event that said it; decides between two of the same instant.")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.key


class PersonTrait(Trait):
    """A trait as it was said of one distinct id: a person has those of all their ids, so that undoing a merge
    parts them again.
    """

    pk = models.CompositePrimaryKey("actor_id", "key")
    actor_id = models.UUIDField()
    workspace = models.ForeignKey(
        "config.Workspace", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )

    class Meta:
        ordering = ["actor_id", "key"]


class Community(models.Model):
    """A group, channel or team that a group call has told something of."""

    id = models.UUIDField(primary_key=True, help_text="uuid5 of workspace and community id.")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    community_id = models.TextField(help_text="As it was sent, and as it stands in events.")
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        ordering = ["workspace", "community_id"]
        verbose_name_plural = "communities"
        indexes = [models.Index(fields=["workspace", "community_id"], name="community_by_id")]

    def __str__(self) -> str:
        return self.community_id


class CommunityTrait(Trait):
    pk = models.CompositePrimaryKey("community_id", "key")
    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="traits", db_index=False)

    class Meta:
        ordering = ["community", "key"]

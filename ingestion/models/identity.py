from django.db import models


class Actor(models.Model):
    """A distinct id as it was sent, under its computed uuid, so that people can be found, exported and erased."""

    class Kind(models.TextChoices):
        USER = "user", "User id"
        ANONYMOUS = "anonymous", "Anonymous id"
        SOURCE = "source", "A source, for events without a person"

    actor_id = models.UUIDField(primary_key=True)
    workspace = models.ForeignKey(
        "config.Workspace", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    kind = models.CharField(max_length=9, choices=Kind.choices)
    distinct_id = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True, db_default=models.functions.Now())

    class Meta:
        ordering = ["workspace", "distinct_id"]
        verbose_name = "distinct id"
        indexes = [models.Index(fields=["workspace", "distinct_id"], name="actor_by_distinct_id")]

    def __str__(self) -> str:
        return self.distinct_id


class IdentityLink(models.Model):
    """One actor is that person. Without a link an actor is its own person; events are never rewritten."""

    class Evidence(models.TextChoices):
        IDENTIFY = "identify", "Identify"
        ALIAS = "alias", "Alias"

    actor_id = models.UUIDField(primary_key=True)
    person_id = models.UUIDField()
    workspace = models.ForeignKey(
        "config.Workspace", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    evidence = models.CharField(max_length=8, choices=Evidence.choices)
    created_at = models.DateTimeField(db_default=models.functions.Now())
    # The days of the actor's events must be added up again; analytics does so and marks the link.
    reopened = models.BooleanField(default=False, db_default=False)

    class Meta:
        ordering = ["actor_id"]
        indexes = [
            models.Index(fields=["person_id"], name="link_by_person"),
            models.Index(fields=["workspace"], name="link_not_reopened", condition=models.Q(reopened=False)),
        ]
        constraints = [
            models.CheckConstraint(condition=~models.Q(actor_id=models.F("person_id")), name="link_not_to_itself")
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} is {self.person_id}"

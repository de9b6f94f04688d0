import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q


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
    kind = models.CharField(
        max_length=9, choices=Kind.choices, help_text="A user id is one that was ever sent as a user id."
    )
    distinct_id = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True, db_default=models.functions.Now())

    class Meta:
        ordering = ["workspace", "distinct_id"]
        verbose_name = "distinct id"
        indexes = [models.Index(fields=["workspace", "distinct_id"], name="actor_by_distinct_id")]

    def __str__(self) -> str:
        return self.distinct_id


class MergeRecord(models.Model):
    """That somebody said of two distinct ids that they are one person: what was said, when, by which event or whom.

    What is said and not undone decides who is whom (ingestion/settling.py); a claim said again keeps its first time.
    """

    class Evidence(models.TextChoices):
        IDENTIFY = "identify", "Identify"
        ALIAS = "alias", "Alias by a client key"
        SERVER = "server", "Alias by a server key"
        OPERATOR = "operator", "Operator"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    actor_id = models.UUIDField("distinct id", help_text="The id that is somebody's.")
    into_id = models.UUIDField("is that of", help_text="An id of the person it belongs to.")
    evidence = models.CharField(max_length=8, choices=Evidence.choices)
    occurred_at = models.DateTimeField("said at", help_text="The earliest time at which it was said.")
    event_id = models.UUIDField("event", null=True, help_text="The event that said it then; none: an operator did.")
    source = models.ForeignKey("ingestion.Source", on_delete=models.SET_NULL, null=True, related_name="+")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    reason = models.TextField(blank=True, db_default="")
    created_at = models.DateTimeField("came at", db_default=models.functions.Now())
    undone_at = models.DateTimeField(null=True, help_text="From then on it counts for nothing, however often said.")
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    undo_reason = models.TextField(blank=True, db_default="")

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = "merge"
        indexes = [
            models.Index(fields=["actor_id"], name="merge_by_actor"),
            models.Index(fields=["into_id"], name="merge_by_person"),
            models.Index(fields=["workspace", "-created_at", "-id"], name="merge_latest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "actor_id", "into_id", "evidence"],
                condition=~Q(evidence="operator"),
                name="merge_claimed_once",
            ),
            models.CheckConstraint(condition=~Q(actor_id=F("into_id")), name="merge_not_with_itself"),
            models.CheckConstraint(
                condition=Q(evidence__in=["identify", "alias", "server"]) | ~Q(reason=""), name="merge_has_reason"
            ),
            models.CheckConstraint(condition=Q(undone_at__isnull=True) | ~Q(undo_reason=""), name="undo_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.get_evidence_display()}, {self.occurred_at:%Y-%m-%d %H:%M}"


class IdentityLink(models.Model):
    """One actor is that person, as the merge records have it. Without a link an actor is its own person; events are
    never rewritten.
    """

    actor_id = models.UUIDField(primary_key=True)
    person_id = models.UUIDField()
    workspace = models.ForeignKey(
        "config.Workspace", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    record = models.ForeignKey(
        MergeRecord, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
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


class PersonLeft(models.Model):
    """A person who lost a distinct id to somebody else, or back to itself: the person's days must be added up again.

    Appended by whoever moves an id, in the same transaction; analytics takes the rows off.
    """

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+")
    person_id = models.UUIDField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return str(self.person_id)


class IdentityConflict(models.Model):
    """Two known people of whom a client said that they are one: an operator joins them or keeps them apart."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        JOINED = "joined", "Joined"
        APART = "apart", "Kept apart"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    first_id = models.UUIDField("one person")
    second_id = models.UUIDField("the other")
    record = models.ForeignKey(
        MergeRecord, on_delete=models.CASCADE, related_name="+", help_text="The earliest claim that they are one."
    )
    status = models.CharField(max_length=6, choices=Status.choices, default=Status.OPEN, db_default=Status.OPEN)
    opened_at = models.DateTimeField(db_default=models.functions.Now())
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    reason = models.TextField(blank=True, db_default="")

    class Meta:
        ordering = ["-opened_at", "-id"]
        verbose_name = "conflict"
        indexes = [
            models.Index(fields=["second_id"], name="conflict_by_second"),
            models.Index(fields=["first_id"], name="conflict_by_first"),
            models.Index(fields=["workspace", "status", "-opened_at"], name="conflict_by_status"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "first_id", "second_id"], name="conflict_once"),
            models.CheckConstraint(condition=Q(first_id__lt=F("second_id")), name="conflict_ordered"),
        ]

    def __str__(self) -> str:
        return f"{self.get_status_display()} since {self.opened_at:%Y-%m-%d}"

from typing import Any

from django.contrib.postgres.indexes import BrinIndex
from django.db import models


class Context(models.Model):
    """A part of an event's context that repeats, stored once: of the device (platform, locale, app version, library),
    or of the page (url, pathname, referrer, title).

    Its id is the first 8 bytes of a hash of workspace and content, so it is computed, never looked up.
    """

    id = models.BigIntegerField(primary_key=True)
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+")
    content = models.JSONField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return str(self.id)


class Event(models.Model):
    """What happened, immutable. Partitioned by UTC day of occurred_at (migration 0002); written by store.py only."""

    pk = models.CompositePrimaryKey("actor_id", "occurred_at", "event_id")
    actor_id = models.UUIDField(help_text="uuid5 of workspace and distinct id.")
    occurred_at = models.DateTimeField()
    event_id = models.UUIDField()
    received_at = models.DateTimeField()
    client_at = models.DateTimeField(null=True, help_text="What the client said, where it differs from occurred_at.")
    workspace = models.ForeignKey("config.Workspace", models.DO_NOTHING, db_constraint=False, related_name="+")
    source = models.ForeignKey("ingestion.Source", models.DO_NOTHING, db_constraint=False, related_name="+")
    event_type = models.ForeignKey("ingestion.EventType", models.DO_NOTHING, db_constraint=False, related_name="+")
    context_shared = models.ForeignKey(
        Context, models.DO_NOTHING, db_constraint=False, null=True, related_name="+", db_column="context_id"
    )
    value = models.FloatField(null=True)
    skew_seconds = models.IntegerField(null=True)
    flags = models.SmallIntegerField(default=0, help_text="Bits of Flag.")
    schema_version = models.SmallIntegerField(null=True, help_text="Version it was checked against, if any.")
    object_author = models.UUIDField(null=True, help_text="Actor whose content was acted on.")
    session_id = models.TextField(null=True, help_text="The client's, when it sends one.")
    object_id = models.TextField(null=True)
    community_id = models.TextField(null=True)
    country = models.TextField(null=True)
    region = models.TextField(null=True)
    properties = models.JSONField(null=True)
    context = models.JSONField(null=True, help_text="The part of the context that changes from event to event.")
    page = models.ForeignKey(
        Context,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        null=True,
        related_name="+",
        help_text="The page it happened on, where that page was met before.",
    )

    class Meta:
        managed = True
        db_table = "ingestion_event"
        indexes = [
            # Equal keys share their space in it, which a time beside them would undo.
            models.Index(fields=["workspace", "event_type"], name="event_by_kind"),
            # Events are written nearly in the order of their time, so that a few bytes for many of them will do.
            BrinIndex(fields=["occurred_at"], name="event_by_time", autosummarize=True),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(occurred_at__gte="2000-01-01T00:00:00Z"), name="event_not_before_2000"
            )
        ]

    def __str__(self) -> str:
        return str(self.event_id)

    def full_context(self) -> dict[str, Any]:
        """The context in one piece; select_related("context_shared", "page") spares two queries."""
        found: dict[str, Any] = {}
        for part in (self.context_shared, self.page):
            found |= part.content if part is not None else {}
        return found | (self.context or {})

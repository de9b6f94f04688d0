"""The one place where actors become people and event types become words. Every rollup reads events through it."""

from django.db import models
from django_pgviews import view as pg

from ingestion.flags import EXCLUDED, Flag


class PersonEvent(pg.View):
    """One row an event of a person. Events that nobody made (Flag.NO_PERSON) are not in it.

    event_type_id is the event's own, so that a list of types is looked up in the index event_by_kind. Columns that no
    reader names cost nothing.
    """

    sql = f"""
        SELECT
            event.workspace_id,
            coalesce(link.person_id, event.actor_id) AS person_id,
            event.actor_id,
            event.event_id,
            event.occurred_at,
            event.received_at,
            event.session_id,
            event.object_id,
            event.community_id,
            event.value,
            event.object_author,
            event.event_type_id,
            kind.name,
            kind.kind,
            kind.category,
            kind.counts_as,
            kind.category NOT IN ('system', 'error', 'performance') AS is_active,
            event.flags & {int(Flag.OPPOSITE)} <> 0 AS is_opposite,
            event.flags & {int(EXCLUDED)} <> 0 AS excluded,
            event.properties,
            event.context,
            event.context_id,
            event.page_id
        FROM ingestion_event AS event
        JOIN ingestion_eventtype AS kind ON kind.id = event.event_type_id
        LEFT JOIN ingestion_identitylink AS link ON link.actor_id = event.actor_id
        WHERE event.flags & {int(Flag.NO_PERSON)} = 0
    """  # noqa: S608 the only parts put in are our own numbers

    workspace_id = models.IntegerField()
    person_id = models.UUIDField()
    event_id = models.UUIDField(primary_key=True)
    occurred_at = models.DateTimeField()
    name = models.TextField()

    class Meta:
        managed = False
        db_table = "ingestion_person_event"

    def __str__(self) -> str:
        return str(self.event_id)

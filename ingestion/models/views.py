"""The one place where actors become people and event types become words. Every rollup reads events through it."""

from django.db import models
from django_pgviews import view as pg

from ingestion.flags import EXCLUDED, Flag
from ingestion.models.registry import CountsAs

# What happens to content, by what its event type counts as.
CONTENT_ACTS = {
    CountsAs.POSTS_CREATED: "created",
    CountsAs.COMMUNITY_POSTS: "created",
    CountsAs.MEDIA_UPLOADED: "created",
    CountsAs.COLLECTIONS_CREATED: "created",
    CountsAs.POSTS_VIEWED: "view",
    CountsAs.NEWS_ARTICLES_VIEWED: "view",
    CountsAs.STORIES_VIEWED: "view",
    CountsAs.LIKES_GIVEN: "like",
    CountsAs.COMMENTS_CREATED: "comment",
    CountsAs.SHARES: "share",
    CountsAs.SAVES: "save",
    CountsAs.CONTENT_DELETED: "deleted",
}
# By a flag of its own, or by whose it is.
IS_EXCLUDED = f"""(
                event.flags & {int(EXCLUDED)} > 0 OR coalesce(event.occurred_at <@ test_account.spans, false)
            )"""
TEST_ACCOUNT = "LEFT JOIN ingestion_excludedactor AS test_account ON test_account.actor_id = event.actor_id"
ACT = "CASE kind.counts_as " + " ".join(f"WHEN '{count}' THEN '{act}'" for count, act in CONTENT_ACTS.items()) + " END"


class PersonEvent(pg.View):
    """One row an event of a person. Events that nobody made (Flag.NO_PERSON) are not in it.

    event_type_id is the event's own, so that a list of types is looked up in the index event_by_kind. Columns that no
    reader names cost nothing. The flags are compared in forms of which the planner, who knows nothing of them,
    believes that they keep most rows (99.5 % and a third): of `= 0` it believes half a percent, and plans for few.
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
            event.flags & {int(Flag.OPPOSITE)} > 0 AS is_opposite,
            {IS_EXCLUDED} AS excluded,
            event.properties,
            event.context,
            event.context_id,
            event.page_id,
            event.source_id
        FROM ingestion_event AS event
        JOIN ingestion_eventtype AS kind ON kind.id = event.event_type_id
        LEFT JOIN ingestion_identitylink AS link ON link.actor_id = event.actor_id
        {TEST_ACCOUNT}
        WHERE event.flags & {int(Flag.NO_PERSON)} <> {int(Flag.NO_PERSON)}
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


class ContentEventType(pg.View):
    """One row an event type whose events are acts on content."""

    sql = f"""
        SELECT id, workspace_id, object_type, counts_as, {ACT} AS act
        FROM ingestion_eventtype AS kind
        WHERE counts_as IN ({", ".join(f"'{count}'" for count in CONTENT_ACTS)})
    """  # noqa: S608 the only parts put in are our own names

    workspace_id = models.IntegerField()
    act = models.TextField()

    class Meta:
        managed = False
        db_table = "ingestion_content_event_type"

    def __str__(self) -> str:
        return self.act


class ContentEvent(pg.View):
    """One row an act on content: an event whose object is content, and one more for the comment that an event makes.

    Nobody's events are in it, without a person: who creates and deletes content may be a machine.
    """

    dependencies = ("ingestion.ContentEventType",)
    sql = f"""
        SELECT
            event.workspace_id,
            CASE
                WHEN
                    kind.counts_as = '{CountsAs.LIKES_GIVEN}'
                    AND (
                        event.properties ->> 'content_type' = 'comment'
                        OR event.properties ->> 'comment_id' = event.object_id
                    )
                    THEN 'comment'
                WHEN kind.object_type = '' THEN 'post'
                ELSE kind.object_type
            END AS content_type,
            event.object_id AS content_id,
            kind.act,
            event.occurred_at,
            event.event_id,
            event.event_type_id,
            event.actor_id,
            CASE
                WHEN event.flags & {int(Flag.NO_PERSON)} = 0 THEN coalesce(link.person_id, event.actor_id)
            END AS person_id,
            coalesce(author_link.person_id, event.object_author) AS author_id,
            event.community_id,
            event.country,
            CASE
                WHEN kind.counts_as IN ('{CountsAs.POSTS_CREATED}', '{CountsAs.COMMUNITY_POSTS}')
                    THEN coalesce(event.properties -> 'tags', event.properties -> 'hashtags')
            END AS tags,
            event.flags & {int(Flag.OPPOSITE)} > 0 AS is_opposite,
            {IS_EXCLUDED} AS excluded
        FROM ingestion_event AS event
        JOIN ingestion_content_event_type AS kind ON kind.id = event.event_type_id
        LEFT JOIN ingestion_identitylink AS link ON link.actor_id = event.actor_id
        {TEST_ACCOUNT}
        LEFT JOIN ingestion_identitylink AS author_link ON author_link.actor_id = event.object_author
        WHERE event.object_id IS NOT NULL
        UNION ALL
        SELECT
            event.workspace_id,
            'comment',
            coalesce(event.properties ->> 'comment_id', event.properties ->> 'commentId'),
            'created',
            event.occurred_at,
            event.event_id,
            event.event_type_id,
            event.actor_id,
            CASE
                WHEN event.flags & {int(Flag.NO_PERSON)} = 0 THEN coalesce(link.person_id, event.actor_id)
            END,
            NULL,
            event.community_id,
            event.country,
            NULL,
            event.flags & {int(Flag.OPPOSITE)} <> 0,
            {IS_EXCLUDED}
        FROM ingestion_event AS event
        JOIN ingestion_content_event_type AS kind ON kind.id = event.event_type_id
        LEFT JOIN ingestion_identitylink AS link ON link.actor_id = event.actor_id
        {TEST_ACCOUNT}
        WHERE
            kind.counts_as = '{CountsAs.COMMENTS_CREATED}'
            AND coalesce(event.properties ->> 'comment_id', event.properties ->> 'commentId') IS NOT NULL
    """  # noqa: S608 the only parts put in are our own names and numbers

    workspace_id = models.IntegerField()
    content_type = models.TextField()
    content_id = models.TextField()
    act = models.TextField()
    event_id = models.UUIDField(primary_key=True)
    occurred_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "ingestion_content_event"

    def __str__(self) -> str:
        return f"{self.act} {self.content_type} {self.content_id}"

-- Events that rules of points look at. The beginning of two: acts_by_key.sql and acts_of_span.sql say which.
-- Row: one event; properties of those that are asked for in detail alone. Bots are left out.
-- A comment that was made is itself what was acted on, as in the view of events on content; a like says what of.
-- Parameters: workspace, time_zone, start and end (of the time they occurred at), names, detailed (names), bot, nobody and
-- opposite (bits of flags)
SELECT
    event.event_id,
    kind.name,
    event.occurred_at,
    (event.occurred_at AT TIME ZONE %(time_zone)s)::date AS day,
    CASE WHEN event.flags & %(nobody)s = 0 THEN coalesce(link.person_id, event.actor_id) END AS person_id,
    coalesce(author_link.person_id, event.object_author) AS author_id,
    CASE
        WHEN kind.counts_as = 'comments_created'
            THEN 'comment:' || coalesce(event.properties ->> 'comment_id', event.properties ->> 'commentId')
        WHEN
            kind.counts_as = 'likes_given'
            AND (
                event.properties ->> 'content_type' = 'comment' OR event.properties ->> 'comment_id' = event.object_id
            )
            THEN 'comment:' || event.object_id
        ELSE coalesce(nullif(kind.object_type, ''), 'post') || ':' || event.object_id
    END AS subject,
    event.value,
    event.flags & %(opposite)s <> 0 AS opposite,
    CASE WHEN kind.name = any(%(detailed)s::text []) THEN event.properties END AS properties
FROM ingestion_event AS event
INNER JOIN ingestion_eventtype AS kind ON kind.id = event.event_type_id
LEFT JOIN ingestion_identitylink AS link ON link.actor_id = event.actor_id
LEFT JOIN ingestion_identitylink AS author_link ON author_link.actor_id = event.object_author
WHERE
    event.workspace_id = %(workspace)s
    AND kind.workspace_id = %(workspace)s
    AND kind.name = any(%(names)s::text [])
    AND event.occurred_at >= %(start)s AND event.occurred_at < %(end)s
    AND event.flags & %(bot)s = 0

-- Likes of one day on the content of everybody, or of one person, by others; from the events alone.
-- Row: likes_received, number.
-- Parameters: workspace_id, day_start, day_end (instants), actors (uuid[], null for everybody), not_counted, opposite
-- (bits of flags)
SELECT
    'likes_received' AS name,
    count(*)::double precision AS number
FROM ingestion_event AS event
WHERE
    event.workspace_id = %(workspace_id)s
    AND event.occurred_at >= %(day_start)s AND event.occurred_at < %(day_end)s
    AND event.flags & (%(not_counted)s | %(opposite)s) = 0
    AND NOT EXISTS (
        SELECT FROM ingestion_excludedactor AS test_account
        WHERE test_account.actor_id = event.actor_id AND event.occurred_at <@ test_account.spans
    )
    AND event.event_type_id IN (
        SELECT id FROM ingestion_eventtype WHERE workspace_id = %(workspace_id)s AND counts_as = 'likes_given'
    )
    AND event.object_author IS NOT NULL
    AND (%(actors)s::uuid [] IS NULL OR event.object_author = ANY(%(actors)s::uuid []))
    AND coalesce((SELECT person_id FROM ingestion_identitylink WHERE actor_id = event.object_author), event.object_author)
    <> coalesce((SELECT person_id FROM ingestion_identitylink WHERE actor_id = event.actor_id), event.actor_id)

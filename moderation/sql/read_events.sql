-- Events of moderation in [start, end) that were not taken yet, or wait for their report: one row an event, in the order
-- in which they happened.
-- Parameters: workspace_id, names, start, end
SELECT
    event.event_id,
    kind.name,
    event.occurred_at,
    CASE WHEN event.flags & 64 = 0 THEN event.actor_id END AS actor_id,
    event.object_id,
    event.object_author,
    event.community_id,
    event.value,
    event.properties
FROM ingestion_event AS event
JOIN ingestion_eventtype AS kind ON kind.id = event.event_type_id
WHERE
    event.workspace_id = %(workspace_id)s
    AND kind.workspace_id = %(workspace_id)s
    AND kind.name = ANY(%(names)s::text [])
    AND event.occurred_at >= %(start)s
    AND event.occurred_at < %(end)s
    AND NOT EXISTS (
        SELECT 1
        FROM moderation_takenevent AS taken
        WHERE
            taken.workspace_id = %(workspace_id)s
            AND taken.event_id = event.event_id
            AND taken.outcome <> 'waiting'
    )
ORDER BY event.occurred_at, event.received_at, event.event_id

-- The latest events of some actors before an instant (and event, where several share it), not before another.
-- Row: one event, the latest first. Each actor's events are read in the order of the key, so that the limit ends it.
-- Parameters: workspace, actors, since, before, before_event, most
SELECT
    event.event_id,
    event.occurred_at,
    kind.name,
    kind.category,
    event.actor_id,
    coalesce(source.name, '') AS source,
    event.object_id,
    event.community_id,
    event.session_id,
    event.value,
    event.properties,
    coalesce(shared.content, '{}'::jsonb) || coalesce(event.context, '{}'::jsonb) AS context
FROM unnest(%(actors)s::uuid []) AS one (actor_id)
CROSS JOIN LATERAL (
    SELECT *
    FROM ingestion_event
    WHERE
        actor_id = one.actor_id
        AND workspace_id = %(workspace)s
        AND occurred_at >= %(since)s
        AND occurred_at <= %(before)s
        AND (occurred_at, event_id) < (%(before)s, %(before_event)s)
    ORDER BY occurred_at DESC, event_id DESC
    LIMIT %(most)s
) AS event
JOIN ingestion_eventtype AS kind ON kind.id = event.event_type_id
LEFT JOIN ingestion_source AS source ON source.id = event.source_id
LEFT JOIN ingestion_context AS shared ON shared.id = event.context_id
ORDER BY event.occurred_at DESC, event.event_id DESC
LIMIT %(most)s

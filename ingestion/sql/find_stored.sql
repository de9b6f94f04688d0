-- Which of the events are stored. Row: actor_id, occurred_at, event_id.
-- Parameters: workspace, and by event: actors, moments, events
SELECT
    stored.actor_id,
    stored.occurred_at,
    stored.event_id
FROM unnest(%(actors)s::uuid [], %(moments)s::timestamptz [], %(events)s::uuid []) AS asked (
    actor_id, occurred_at, event_id
)
INNER JOIN ingestion_event AS stored
    ON
        stored.actor_id = asked.actor_id
        AND stored.occurred_at = asked.occurred_at
        AND stored.event_id = asked.event_id
WHERE stored.workspace_id = %(workspace)s

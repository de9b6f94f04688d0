-- Takes events out.
-- Row: the time of one that was there.
-- Parameters: workspace_id, actors, moments, events (arrays that make keys), first, last (between which they lie)
DELETE FROM ingestion_event AS event
USING unnest(%(actors)s::uuid [], %(moments)s::timestamptz [], %(events)s::uuid []) AS gone (
    actor_id, occurred_at, event_id
)
WHERE
    event.workspace_id = %(workspace_id)s
    AND event.occurred_at >= %(first)s AND event.occurred_at < %(last)s
    AND event.actor_id = gone.actor_id AND event.occurred_at = gone.occurred_at AND event.event_id = gone.event_id
RETURNING event.occurred_at

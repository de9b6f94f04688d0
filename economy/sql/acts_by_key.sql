-- The end of acts.sql for events of these keys.
-- Parameters: actors, times, events (of one key each)
    AND (event.actor_id, event.occurred_at, event.event_id) IN (
        SELECT waiting.actor_id, waiting.occurred_at, waiting.event_id
        FROM unnest(%(actors)s::uuid [], %(times)s::timestamptz [], %(events)s::uuid []) AS waiting (
            actor_id, occurred_at, event_id
        )
    )
ORDER BY event.occurred_at, event.received_at, event.event_id

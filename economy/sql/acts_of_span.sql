-- The end of acts.sql for all events of the span.
ORDER BY event.occurred_at, event.received_at, event.event_id

-- The end of acts.sql for the events of the span.
-- Parameters: most (rows)
ORDER BY event.occurred_at, event.received_at, event.event_id
LIMIT %(most)s

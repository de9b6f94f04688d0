-- How often declared fields of events are missing or null (metrics.md 8).
-- Row: one declared field of an event type, on the one day of the range, with any event of the type that was looked at;
-- bots and test accounts are left out. Units: events.
-- Of every `step` events about one is looked at, chosen by a hash of its id: the same ones whenever this runs.
-- Parameters: workspace_id, bucket_start, bucket_end, day, step, types (ids of event types with declared fields), fields
-- (a JSON object of their lists of properties, by id)
INSERT INTO field_null_daily (workspace_id, date, field, events, nulls, calculated_at)
SELECT
    %(workspace_id)s,
    %(day)s,
    -- As long as the column is: those of one beginning are taken together.
    left(event.name || '.' || field.key, 400),
    count(*),
    count(*) FILTER (WHERE coalesce(jsonb_typeof(event.properties -> field.key), 'null') = 'null'),
    now()
FROM ingestion_person_event AS event
-- Looked up by event: a join of types and fields is quadratic where the planner guesses wrong.
CROSS JOIN LATERAL jsonb_array_elements_text(%(fields)s::jsonb -> event.event_type_id::text) AS field (key)
WHERE
    event.workspace_id = %(workspace_id)s
    AND event.occurred_at >= %(bucket_start)s AND event.occurred_at < %(bucket_end)s
    AND event.event_type_id = ANY(%(types)s::integer [])
    AND mod(uuid_hash(event.event_id), %(step)s) = 0
    AND NOT event.excluded
GROUP BY 3

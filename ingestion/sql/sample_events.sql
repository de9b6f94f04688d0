-- Some events of one type, newest days first: (actor_id, occurred_at, event_id, properties). At most per_day of each day,
-- so that it reads no more than it gives back: no index has the events of a type in the order of their time.
-- Parameters: workspace, event_type, last_day (its first moment), days, per_day, most
SELECT sample.*
FROM generate_series(0, %(days)s::integer - 1) AS back (days)
CROSS JOIN LATERAL (
    SELECT event.actor_id, event.occurred_at, event.event_id, event.properties
    FROM ingestion_event AS event
    WHERE
        event.workspace_id = %(workspace)s
        AND event.event_type_id = %(event_type)s
        AND event.occurred_at >= %(last_day)s::timestamptz - back.days * interval '24 hours'
        AND event.occurred_at < %(last_day)s::timestamptz - (back.days - 1) * interval '24 hours'
    LIMIT %(per_day)s
) AS sample
LIMIT %(most)s

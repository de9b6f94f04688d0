-- Events of an export.
-- Row: one event that somebody made, without its properties and context; nearly in the order of time.
-- Parameters: workspace_id, start, end (instants), with_bots
SELECT
    occurred_at,
    received_at,
    event_id::text,
    name,
    category,
    person_id::text,
    object_id,
    object_author::text,
    community_id,
    session_id,
    value
FROM ingestion_person_event
WHERE
    workspace_id = %(workspace_id)s
    AND occurred_at >= %(start)s AND occurred_at < %(end)s
    AND (%(with_bots)s OR NOT excluded)

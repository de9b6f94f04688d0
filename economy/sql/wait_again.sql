-- Notes the keys of events that are stored, so that the rules look at them again.
-- Parameters: workspace, start, end, names
INSERT INTO economy_waitingevent (workspace_id, occurred_at, event_id, actor_id)
SELECT event.workspace_id, event.occurred_at, event.event_id, event.actor_id
FROM ingestion_event AS event
INNER JOIN ingestion_eventtype AS kind ON kind.id = event.event_type_id
WHERE
    event.workspace_id = %(workspace)s
    AND kind.workspace_id = %(workspace)s
    AND kind.name = any(%(names)s::text [])
    AND event.occurred_at >= %(start)s AND event.occurred_at < %(end)s
ON CONFLICT DO NOTHING

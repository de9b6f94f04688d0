-- Notes keys of events for the rules; those that wait already are left as they are.
-- Parameters: workspace, keys (JSON array of actor_id, occurred_at, event_id)
INSERT INTO economy_waitingevent (workspace_id, occurred_at, event_id, actor_id)
SELECT %(workspace)s::integer, occurred_at, event_id, actor_id
FROM json_to_recordset(%(keys)s::json) AS came (actor_id uuid, occurred_at timestamptz, event_id uuid)
ON CONFLICT DO NOTHING

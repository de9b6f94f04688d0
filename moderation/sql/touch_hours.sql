-- Notes UTC hours for which events of moderation came. Appends only, so that nobody waits for anybody.
-- Parameters: workspace_id, hours
INSERT INTO moderation_touchedhour (workspace_id, hour)
SELECT %(workspace_id)s::integer, touched.hour
FROM unnest(%(hours)s::timestamptz []) AS touched (hour)

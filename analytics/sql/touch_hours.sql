-- Notes UTC hours whose events have changed after they were over.
-- Parameters: workspace_id, hours
INSERT INTO analytics_touchedhour (workspace_id, hour)
SELECT %s::integer, touched.hour
FROM unnest(%s::timestamptz []) AS touched (hour)

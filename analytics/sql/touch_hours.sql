-- Notes UTC hours whose events have changed after they were over.
-- Parameters: workspace_id, hours
INSERT INTO analytics_touchedhour (workspace_id, hour)
SELECT %(workspace_id)s::integer, touched.hour
FROM unnest(%(hours)s::timestamptz []) AS touched (hour)

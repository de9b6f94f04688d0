-- Opens buckets to be filled (again).
-- Parameters: workspace_id, rollup, buckets
INSERT INTO analytics_openbucket (workspace_id, rollup, bucket)
SELECT %s::integer, %s::text, opened.bucket
FROM unnest(%s::timestamptz []) AS opened (bucket)
ON CONFLICT DO NOTHING

-- Opens buckets to be filled (again).
-- Parameters: workspace_id, rollups, buckets (arrays of one length)
INSERT INTO analytics_openbucket (workspace_id, rollup, bucket)
SELECT %s::integer, opened.rollup, opened.bucket
FROM unnest(%s::text [], %s::timestamptz []) AS opened (rollup, bucket)
ON CONFLICT DO NOTHING

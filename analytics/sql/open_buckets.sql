-- Opens buckets to be filled (again).
-- Parameters: workspace_id, wanted (JSON: the buckets by the key of their rollup)
INSERT INTO analytics_openbucket (workspace_id, rollup, bucket)
SELECT %s::integer, opened.rollup, bucket.said::timestamptz
FROM jsonb_each(%s::jsonb) AS opened (rollup, buckets), jsonb_array_elements_text(opened.buckets) AS bucket (said)
ON CONFLICT DO NOTHING

-- Takes buckets that are about to be filled off the list, and notes when.
-- Parameters: workspace_id, rollup, buckets, now
WITH taken AS (
    DELETE FROM analytics_openbucket
    WHERE workspace_id = %(workspace_id)s AND rollup = %(rollup)s AND bucket = ANY(%(buckets)s)
)

UPDATE analytics_rollupstate
SET filled_at = %(now)s
WHERE workspace_id = %(workspace_id)s AND rollup = %(rollup)s

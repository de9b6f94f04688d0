-- Takes the instants off the list from which on rollups of a workspace have changed; the caller opens their buckets in the
-- same transaction.
-- Row: rollup, instant.
-- Parameters: workspace_id
DELETE FROM analytics_touchedsince WHERE workspace_id = %s RETURNING rollup, since

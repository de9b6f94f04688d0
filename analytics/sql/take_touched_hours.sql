-- Takes the touched hours of a workspace off the list; the caller opens their buckets in the same transaction.
-- Parameters: workspace_id
DELETE FROM analytics_touchedhour WHERE workspace_id = %s RETURNING hour

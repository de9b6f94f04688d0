-- Ids of test accounts at this moment, for the live counters to leave out.
-- Parameters: workspace_id, now (instant)
SELECT actor_id
FROM ingestion_excludedactor
WHERE workspace_id = %(workspace_id)s AND %(now)s::timestamptz <@ spans

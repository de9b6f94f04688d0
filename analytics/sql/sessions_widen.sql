-- Starts of sessions that a change in the range reaches back to: those that end within a gap before it, or in it.
-- Parameters: workspace_id, bucket_start, gap_before_start
SELECT started_at
FROM analytics_session
WHERE
    workspace_id = %(workspace_id)s
    AND ended_at >= %(gap_before_start)s
    AND started_at < %(bucket_start)s

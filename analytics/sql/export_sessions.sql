-- Sessions of an export.
-- Row: one session that began in the range, in the order of time.
-- Parameters: workspace_id, start, end (instants), with_bots
SELECT
    person_id::text,
    started_at,
    ended_at,
    events,
    pages,
    actions,
    is_bounce
FROM analytics_session
WHERE
    workspace_id = %(workspace_id)s
    AND started_at >= %(start)s AND started_at < %(end)s
    AND (%(with_bots)s OR NOT excluded)
ORDER BY started_at

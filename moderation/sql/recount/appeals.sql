-- Appeals decided on one day.
-- Row: appeals_decided or appeals_upheld; number.
-- Parameters: workspace_id, day_start, day_end (instants)
SELECT
    told.name,
    count(*)::double precision AS number
FROM moderation_appeal AS appeal
CROSS JOIN LATERAL unnest(
    CASE WHEN appeal.status = 'upheld' THEN ARRAY['appeals_decided', 'appeals_upheld'] ELSE ARRAY['appeals_decided'] END
) AS told (name)
WHERE
    appeal.workspace_id = %(workspace_id)s
    AND appeal.status <> 'pending'
    AND appeal.decided_at >= %(day_start)s AND appeal.decided_at < %(day_end)s
GROUP BY 1

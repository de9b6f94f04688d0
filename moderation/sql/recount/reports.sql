-- Reports of one day, and those that waited at its end, from the reports themselves.
-- Row: reports_submitted, harassment_reports, hate_speech_reports, reports_resolved, resolution_hours or reports_pending;
-- number.
-- Parameters: workspace_id, day_start, day_end (instants)
SELECT
    told.name,
    sum(told.number)::double precision AS number
FROM moderation_report AS report
CROSS JOIN LATERAL (
    SELECT
        report.submitted_at >= %(day_start)s AND report.submitted_at < %(day_end)s AS is_new,
        report.action_id IS NOT NULL
        AND report.resolved_at >= %(day_start)s AND report.resolved_at < %(day_end)s AS is_decided
) AS on_day
CROSS JOIN LATERAL (
    VALUES
    ('reports_submitted', on_day.is_new::integer::double precision),
    ('harassment_reports', (on_day.is_new AND report.reason = 'harassment')::integer),
    ('hate_speech_reports', (on_day.is_new AND report.reason = 'hate_speech')::integer),
    ('reports_resolved', on_day.is_decided::integer),
    (
        'resolution_hours',
        CASE WHEN on_day.is_decided THEN (extract(EPOCH FROM report.resolved_at) - extract(EPOCH FROM report.submitted_at)) / 3600 ELSE 0 END
    ),
    (
        'reports_pending',
        (
            report.submitted_at < %(day_end)s
            AND (report.action_id IS NULL OR report.resolved_at >= %(day_end)s)
        )::integer
    )
) AS told (name, number)
WHERE report.workspace_id = %(workspace_id)s
GROUP BY 1

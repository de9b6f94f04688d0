-- Whether reporters stay, by whether they were heard: active on any of the 7 or 30 days after the day of the decision.
-- Row: whether the report was acted on; days; people whose first report of that outcome in [start, end) was decided so
-- long ago that the days are over; of these, people active on any of them.
-- Parameters: workspace_id, start, end, time_zone, today
WITH heard AS (
    SELECT
        coalesce(link.person_id, report.reporter_id) AS person_id,
        action.outcome = 'resolved' AND action.undone_at IS NULL AS acted_on,
        (min(report.resolved_at) AT TIME ZONE %(time_zone)s)::date AS day
    FROM moderation_report AS report
    INNER JOIN moderation_action AS action ON action.id = report.action_id
    LEFT JOIN ingestion_identitylink AS link
        ON link.workspace_id = report.workspace_id AND link.actor_id = report.reporter_id
    WHERE
        report.workspace_id = %(workspace_id)s
        AND report.resolved_at >= %(start)s AND report.resolved_at < %(end)s
        AND report.reporter_id IS NOT NULL
    GROUP BY 1, 2
)

SELECT
    heard.acted_on,
    span.days,
    count(*),
    count(*) FILTER (
        WHERE EXISTS (
            SELECT FROM user_activity_daily AS activity
            WHERE
                activity.person_id = heard.person_id AND activity.workspace_id = %(workspace_id)s
                AND activity.date > heard.day AND activity.date <= heard.day + span.days
                AND activity.active_events > 0 AND NOT activity.excluded
        )
    )
FROM heard
CROSS JOIN (VALUES (7), (30)) AS span (days)
WHERE heard.day + span.days < %(today)s
GROUP BY 1, 2
ORDER BY 2, 1 DESC

-- Who reports, and how often they are right: reports decided in [start, end).
-- Row: person; reports decided; of these upheld, which is resolved and not overturned since. Those with most reports.
-- Parameters: workspace_id, start, end, most
SELECT
    coalesce(link.person_id, report.reporter_id) AS person_id,
    count(*) AS decided,
    count(*) FILTER (WHERE action.outcome = 'resolved' AND action.undone_at IS NULL) AS upheld
FROM moderation_report AS report
INNER JOIN moderation_action AS action ON action.id = report.action_id
LEFT JOIN ingestion_identitylink AS link
    ON link.workspace_id = report.workspace_id AND link.actor_id = report.reporter_id
WHERE
    report.workspace_id = %(workspace_id)s
    AND report.resolved_at >= %(start)s AND report.resolved_at < %(end)s
    AND report.reporter_id IS NOT NULL
GROUP BY 1
ORDER BY 2 DESC, 1
LIMIT %(most)s

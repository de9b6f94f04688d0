-- Who decided reports on one day, and how many, from the decisions.
-- Row: active_moderators or reports_resolved; number.
-- Parameters: workspace_id, day_start, day_end (instants)
WITH decision AS (
    SELECT
        action.by_id,
        action.moderator_id,
        count(*) AS reports
    FROM moderation_action AS action
    INNER JOIN moderation_report AS report ON report.action_id = action.id
    WHERE
        action.workspace_id = %(workspace_id)s
        AND report.resolved_at >= %(day_start)s AND report.resolved_at < %(day_end)s
    GROUP BY 1, 2
)

SELECT
    'active_moderators' AS name,
    (
        (SELECT count(*) FROM (SELECT DISTINCT by_id FROM decision WHERE by_id IS NOT NULL) AS here)
        + (
            SELECT count(*)
            FROM (SELECT DISTINCT moderator_id FROM decision WHERE by_id IS NULL AND moderator_id IS NOT NULL) AS there
        )
    )::double precision AS number
UNION ALL
SELECT
    'reports_resolved',
    sum(reports)
FROM decision
HAVING count(*) > 0

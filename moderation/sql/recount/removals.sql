-- Content that was first removed, or first found to be spam, on one day, from all that was decided on its case.
-- Row: posts_deleted, comments_deleted or spam_posts_detected; number.
-- Parameters: workspace_id, day_start, day_end (instants)
WITH standing AS (
    SELECT
        action.case_id,
        reported.content_type,
        min(action.decided_at) FILTER (WHERE action.kind = 'remove') AS removed_at,
        min(action.decided_at) FILTER (WHERE action.reason = 'spam' AND action.outcome = 'resolved') AS spam_at,
        reported.target
    FROM moderation_case AS reported
    INNER JOIN moderation_action AS action ON action.case_id = reported.id AND action.undone_at IS NULL
    WHERE
        reported.id IN (
            SELECT case_id
            FROM moderation_action
            WHERE
                workspace_id = %(workspace_id)s
                AND decided_at >= %(day_start)s AND decided_at < %(day_end)s
        )
    GROUP BY action.case_id, reported.id
)

SELECT
    CASE WHEN content_type = 'comment' THEN 'comments_deleted' ELSE 'posts_deleted' END AS name,
    count(*)::double precision AS number
FROM standing
WHERE removed_at >= %(day_start)s AND removed_at < %(day_end)s
GROUP BY 1
UNION ALL
SELECT
    'spam_posts_detected',
    count(*)
FROM standing
WHERE target = 'content' AND spam_at >= %(day_start)s AND spam_at < %(day_end)s

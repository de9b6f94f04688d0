-- Ends the breaches of a workspace whose case was decided, or may wait longer by now.
-- Parameters: workspace_id, now
UPDATE moderation_breach AS breach
SET over_at = coalesce(reported.closed_at, %(now)s)
FROM moderation_case AS reported
INNER JOIN moderation_servicelevel AS level
    ON level.workspace_id = reported.workspace_id AND level.priority = reported.priority
WHERE
    breach.workspace_id = %(workspace_id)s AND breach.over_at IS NULL
    AND reported.id = breach.case_id
    AND (
        reported.status NOT IN ('pending', 'in_review')
        OR reported.opened_at >= %(now)s - level.within_minutes * interval '1 minute'
    )

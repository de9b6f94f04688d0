-- Notes the open cases of a workspace that wait longer than the service level of their priority allows, each once.
-- Row: id and priority of one that was not noted as waiting before.
-- Parameters: workspace_id, now
INSERT INTO moderation_breach (workspace_id, case_id, priority, due_at)
SELECT
    waiting.workspace_id,
    waiting.id,
    waiting.priority,
    waiting.opened_at + level.within_minutes * interval '1 minute'
FROM moderation_servicelevel AS level
INNER JOIN moderation_case AS waiting
    ON
        waiting.workspace_id = level.workspace_id AND waiting.priority = level.priority
        AND waiting.opened_at < %(now)s - level.within_minutes * interval '1 minute'
WHERE level.workspace_id = %(workspace_id)s AND waiting.status IN ('pending', 'in_review')
-- One that was over is standing again where its decision was taken back.
ON CONFLICT (case_id) DO UPDATE
SET priority = excluded.priority, due_at = excluded.due_at, found_at = now(), over_at = NULL
WHERE moderation_breach.over_at IS NOT NULL
RETURNING id, priority

-- What a workspace has set that a fill goes by.
-- Row: the one of the workspace: its time zone, and [key, valid_from, value] of each version of the definitions that
-- holds on some day, in order.
-- Parameters: workspace_id, definitions (keys)
SELECT
    workspace.time_zone,
    (
        SELECT jsonb_agg(jsonb_build_array(kept.key, kept.valid_from, kept.value) ORDER BY kept.valid_from)
        FROM analytics_definitionversion AS kept
        WHERE kept.workspace_id = workspace.id AND kept.key = ANY(%(definitions)s) AND kept.retired_at IS NULL
    ) AS versions
FROM config_workspace AS workspace
WHERE workspace.id = %(workspace_id)s

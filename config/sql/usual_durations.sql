-- How long runs of a kind take: of the latest that succeeded of each name and workspace.
-- Row: name, workspace, quarter, median, three quarters (seconds), number of runs.
-- Parameters: names (text[]), workspaces (integer[], 0 for runs of no workspace), as pairs; most (runs of a kind)
SELECT
    kind.name,
    nullif(kind.workspace_id, 0) AS workspace_id,
    percentile_cont(0.25) WITHIN GROUP (ORDER BY run.seconds) AS quarter,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY run.seconds) AS median,
    percentile_cont(0.75) WITHIN GROUP (ORDER BY run.seconds) AS three_quarters,
    count(*) AS runs
FROM unnest(%(names)s::text [], %(workspaces)s::integer []) AS kind (name, workspace_id)
CROSS JOIN LATERAL (
    SELECT greatest(extract(EPOCH FROM finished_at - started_at), 0)::double precision AS seconds
    FROM config_run
    WHERE
        name = kind.name
        AND workspace_id IS NOT DISTINCT FROM nullif(kind.workspace_id, 0)
        AND status = 'succeeded'
    ORDER BY started_at DESC
    LIMIT %(most)s
) AS run
GROUP BY kind.name, kind.workspace_id

-- Runs to be deleted for their age: ended, and neither the latest of their name and workspace nor the latest of those
-- that succeeded.
-- Row: id.
-- Parameters: before (instant), most (rows)
SELECT run.id
FROM config_run AS run
WHERE
    run.started_at < %(before)s
    AND run.status <> 'running'
    AND EXISTS (
        SELECT FROM config_run AS later
        WHERE
            later.name = run.name
            AND later.workspace_id IS NOT DISTINCT FROM run.workspace_id
            AND (later.started_at, later.id) > (run.started_at, run.id)
            AND (later.status = 'succeeded' OR run.status <> 'succeeded')
    )
LIMIT %(most)s

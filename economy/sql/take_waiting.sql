-- Takes the earliest events that wait for rules; nobody else takes from the workspace meanwhile.
-- Row: the key of one. Parameters: workspace, most
DELETE FROM economy_waitingevent
WHERE
    workspace_id = %(workspace)s
    AND (occurred_at, event_id) IN (
        SELECT first.occurred_at, first.event_id
        FROM economy_waitingevent AS first
        WHERE first.workspace_id = %(workspace)s
        ORDER BY first.occurred_at, first.event_id
        LIMIT %(most)s
    )
RETURNING actor_id, occurred_at, event_id

-- An id that did something counted on the day: the first from `least` on.
-- Parameters: workspace_id, day_start, day_end (instants), not_counted (bits of flags), least (uuid)
SELECT actor_id
FROM ingestion_event
WHERE
    workspace_id = %(workspace_id)s
    AND occurred_at >= %(day_start)s AND occurred_at < %(day_end)s
    AND flags & %(not_counted)s = 0
    AND actor_id >= %(least)s
ORDER BY actor_id
LIMIT 1

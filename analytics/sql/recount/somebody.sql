-- An id that did something counted on the day: the first from `least` on.
-- Parameters: workspace_id, day_start, day_end (instants), not_counted (bits of flags), least (uuid)
SELECT event.actor_id
FROM ingestion_event AS event
WHERE
    event.workspace_id = %(workspace_id)s
    AND event.occurred_at >= %(day_start)s AND event.occurred_at < %(day_end)s
    AND event.flags & %(not_counted)s = 0
    AND NOT EXISTS (
        SELECT FROM ingestion_excludedactor AS test_account
        WHERE test_account.actor_id = event.actor_id AND event.occurred_at <@ test_account.spans
    )
    AND event.actor_id >= %(least)s
ORDER BY event.actor_id
LIMIT 1

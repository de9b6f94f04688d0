-- Counts of one day, of everybody or of one person, from the events alone.
-- Row: name of a count (as the types that count as it name it), number.
-- Parameters: workspace_id, day_start, day_end (instants), actors (uuid[], null for everybody), not_counted, opposite
-- (bits of flags)
WITH happened AS (
    SELECT
        kind.counts_as,
        event.flags & %(opposite)s <> 0 AS is_opposite
    FROM ingestion_event AS event
    INNER JOIN ingestion_eventtype AS kind ON kind.id = event.event_type_id
    WHERE
        event.workspace_id = %(workspace_id)s
        AND event.occurred_at >= %(day_start)s AND event.occurred_at < %(day_end)s
        AND event.flags & %(not_counted)s = 0
        AND NOT EXISTS (
            SELECT FROM ingestion_excludedactor AS test_account
            WHERE test_account.actor_id = event.actor_id AND event.occurred_at <@ test_account.spans
        )
        AND (%(actors)s::uuid [] IS NULL OR event.actor_id = ANY(%(actors)s::uuid []))
)

SELECT
    CASE WHEN NOT is_opposite THEN counts_as WHEN counts_as = 'follows_made' THEN 'unfollows_made' END AS name,
    count(*)::double precision AS number
FROM happened
GROUP BY 1
UNION ALL
SELECT
    'events',
    count(*)
FROM happened

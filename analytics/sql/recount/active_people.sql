-- Distinct active people of one day and of the 7 and 30 days that end with it, from the events alone: each by the last
-- thing done.
-- Row: dau, wau or mau, number.
-- Parameters: workspace_id, day_start, day_end, week_start, month_start (instants), not_counted (bits of flags)
WITH last_seen AS (
    SELECT
        coalesce(link.person_id, event.actor_id) AS person_id,
        max(event.occurred_at) AS at
    FROM ingestion_event AS event
    LEFT JOIN ingestion_identitylink AS link ON link.actor_id = event.actor_id
    WHERE
        event.workspace_id = %(workspace_id)s
        AND event.occurred_at >= %(month_start)s AND event.occurred_at < %(day_end)s
        AND event.flags & %(not_counted)s = 0
        AND NOT EXISTS (
            SELECT FROM ingestion_excludedactor AS test_account
            WHERE test_account.actor_id = event.actor_id AND event.occurred_at <@ test_account.spans
        )
        AND event.event_type_id NOT IN (
            SELECT id FROM ingestion_eventtype
            WHERE workspace_id = %(workspace_id)s AND category IN ('system', 'error', 'performance')
        )
    GROUP BY 1
)

SELECT
    'dau' AS name,
    count(*)::double precision AS number
FROM last_seen
WHERE at >= %(day_start)s
UNION ALL
SELECT
    'wau',
    count(*)
FROM last_seen
WHERE at >= %(week_start)s
UNION ALL
SELECT
    'mau',
    count(*)
FROM last_seen

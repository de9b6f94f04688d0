-- Of the people active 30 to 59 days before a day, how many were not active on it nor in the 29 days before it, from the
-- events alone.
-- Row: active_before or churned, number.
-- Parameters: workspace_id, day (date), day_end, month_start (instants), time_zone, not_counted (bits of flags)
WITH person AS (
    SELECT
        bool_or(event.occurred_at < %(month_start)s) AS was_here,
        bool_or(event.occurred_at >= %(month_start)s) AS is_here
    FROM ingestion_event AS event
    INNER JOIN ingestion_eventtype AS kind ON kind.id = event.event_type_id
    LEFT JOIN ingestion_identitylink AS link ON link.actor_id = event.actor_id
    WHERE
        event.workspace_id = %(workspace_id)s
        AND event.occurred_at >= (%(day)s::date - 59)::timestamp AT TIME ZONE %(time_zone)s
        AND event.occurred_at < %(day_end)s
        AND event.flags & %(not_counted)s = 0
        AND kind.category NOT IN ('system', 'error', 'performance')
        AND NOT EXISTS (
            SELECT FROM ingestion_excludedactor AS test_account
            WHERE test_account.actor_id = event.actor_id AND event.occurred_at <@ test_account.spans
        )
    GROUP BY coalesce(link.person_id, event.actor_id)
)

SELECT
    'active_before' AS name,
    count(*)::double precision AS number
FROM person
WHERE was_here
UNION ALL
SELECT
    'churned',
    count(*)
FROM person
WHERE was_here AND NOT is_here

-- Live counters as they should be.
-- Row: one counter: name of its key, number, seconds it lives (null: for ever).
-- Parameters: workspace_id, hours_start, minutes_start
SELECT
    kind.name || ':hourly:' || to_char(event.occurred_at AT TIME ZONE 'UTC', 'YYYYMMDDHH24') AS name,
    count(*) AS number,
    172800 AS seconds
FROM ingestion_event AS event
JOIN ingestion_eventtype AS kind ON kind.id = event.event_type_id
LEFT JOIN ingestion_excludedactor AS test_account ON test_account.actor_id = event.actor_id
WHERE
    event.workspace_id = %(workspace_id)s AND event.occurred_at >= %(hours_start)s
    AND event.flags & 3 = 0 AND NOT coalesce(event.occurred_at <@ test_account.spans, false)
GROUP BY 1
UNION ALL
SELECT
    'events:minute:' || to_char(event.occurred_at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MI'),
    count(*),
    7200
FROM ingestion_event AS event
LEFT JOIN ingestion_excludedactor AS test_account ON test_account.actor_id = event.actor_id
WHERE
    event.workspace_id = %(workspace_id)s AND event.occurred_at >= %(minutes_start)s
    AND event.flags & 3 = 0 AND NOT coalesce(event.occurred_at <@ test_account.spans, false)
GROUP BY 1
UNION ALL
SELECT
    'likes:count',
    count(*) FILTER (WHERE event.flags & 32 = 0) - count(*) FILTER (WHERE event.flags & 32 <> 0),
    NULL
FROM ingestion_event AS event
JOIN ingestion_eventtype AS kind ON kind.id = event.event_type_id
LEFT JOIN ingestion_excludedactor AS test_account ON test_account.actor_id = event.actor_id
WHERE
    event.workspace_id = %(workspace_id)s AND kind.counts_as = 'likes_given'
    AND event.flags & 3 = 0 AND NOT coalesce(event.occurred_at <@ test_account.spans, false)

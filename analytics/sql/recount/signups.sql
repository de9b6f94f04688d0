-- People who signed up on one day, before it, and up to its end, from all events there are; and those active on it.
-- Row: new_signups, before_new_signups, all_new_signups or dau; number.
-- Parameters: workspace_id, day_start, day_end (instants), not_counted (bits of flags)
WITH person AS (
    SELECT
        min(event.occurred_at) AS first_seen_at,
        count(*) FILTER (
            WHERE
            event.occurred_at >= %(day_start)s AND event.occurred_at < %(day_end)s
            AND kind.category NOT IN ('system', 'error', 'performance')
        ) AS acts,
        min(event.occurred_at) FILTER (WHERE kind.counts_as = 'signups') AS said_at,
        to_timestamp(min(event.value) FILTER (WHERE kind.kind = 'identify')) AS trait_at
    FROM ingestion_event AS event
    INNER JOIN ingestion_eventtype AS kind ON kind.id = event.event_type_id
    LEFT JOIN ingestion_identitylink AS link ON link.actor_id = event.actor_id
    WHERE
        event.workspace_id = %(workspace_id)s
        AND event.flags & %(not_counted)s = 0
        AND NOT EXISTS (
            SELECT FROM ingestion_excludedactor AS test_account
            WHERE test_account.actor_id = event.actor_id AND event.occurred_at <@ test_account.spans
        )
    GROUP BY coalesce(link.person_id, event.actor_id)
),

signed_up AS (
    SELECT
        coalesce(said_at, trait_at, first_seen_at) AS at,
        acts
    FROM person
)

SELECT
    'new_signups' AS name,
    count(*)::double precision AS number
FROM signed_up
WHERE at >= %(day_start)s AND at < %(day_end)s
UNION ALL
SELECT
    'all_new_signups',
    count(*)
FROM signed_up
WHERE at < %(day_end)s
UNION ALL
SELECT
    'before_new_signups',
    count(*)
FROM signed_up
WHERE at < %(day_start)s
UNION ALL
SELECT
    'dau',
    count(*)
FROM signed_up
WHERE acts > 0

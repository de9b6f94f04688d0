-- Micro-acts of people on a day, from the events alone.
-- Row: a column of wellbeing by day, number. A person who shares one act twice on a day has shared it once.
-- Parameters: workspace_id, day_start, day_end (instants), not_counted (bits of flags)
WITH act AS (
    SELECT
        kind.name = 'microact_created' AS is_created,
        coalesce(link.person_id, event.actor_id)::text || ' ' || coalesce(event.object_id, event.event_id::text) AS act,
        event.properties ->> 'impact_scope' AS impact_scope,
        CASE
            WHEN kind.name = 'microact_created' THEN event.properties @> '{"shared_to_feed": true}'
            ELSE event.properties ->> 'share_target' IS NULL OR event.properties ->> 'share_target' = 'feed'
        END AS is_shared
    FROM ingestion_event AS event
    INNER JOIN ingestion_eventtype AS kind ON kind.id = event.event_type_id
    LEFT JOIN ingestion_identitylink AS link ON link.actor_id = event.actor_id
    WHERE
        event.workspace_id = %(workspace_id)s
        AND kind.name IN ('microact_created', 'microact_shared')
        AND event.occurred_at >= %(day_start)s AND event.occurred_at < %(day_end)s
        AND event.flags & %(not_counted)s = 0
        AND NOT EXISTS (
            SELECT FROM ingestion_excludedactor AS test_account
            WHERE test_account.actor_id = event.actor_id AND event.occurred_at <@ test_account.spans
        )
)

SELECT
    'micro_acts' AS name,
    count(*)::double precision AS number
FROM act
WHERE is_created
UNION ALL
SELECT
    'acts_for_others',
    count(*)
FROM act
WHERE is_created AND impact_scope <> 'self'
UNION ALL
SELECT
    'micro_acts_shared',
    count(DISTINCT act)
FROM act
WHERE is_shared

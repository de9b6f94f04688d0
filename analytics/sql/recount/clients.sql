-- Errors that people met on a day, the pages they saw and how long these took to load, from the events alone. What so many
-- per cent are below lies between two of the measured, in proportion.
-- Row: a column of clients by day, number.
-- Parameters: workspace_id, day (date), day_start, day_end (instants), not_counted (bits of flags), client_signals
WITH happened AS (
    SELECT
        coalesce(link.person_id, event.actor_id) AS person_id,
        kind.category,
        kind.counts_as,
        event.value,
        lower(
            coalesce(
                event.properties ->> 'metricName', event.properties ->> 'metric', event.properties ->> 'name', kind.name
            )
        ) AS measure
    FROM ingestion_event AS event
    INNER JOIN ingestion_eventtype AS kind ON kind.id = event.event_type_id
    LEFT JOIN ingestion_identitylink AS link ON link.actor_id = event.actor_id
    WHERE
        event.workspace_id = %(workspace_id)s
        AND event.occurred_at >= %(day_start)s AND event.occurred_at < %(day_end)s
        AND event.flags & %(not_counted)s = 0
        AND NOT EXISTS (
            SELECT FROM ingestion_excludedactor AS test_account
            WHERE test_account.actor_id = event.actor_id AND event.occurred_at <@ test_account.spans
        )
),

load AS (
    SELECT
        happened.value,
        row_number() OVER (ORDER BY happened.value) - 1 AS place,
        count(*) OVER () - 1 AS last_place
    FROM happened
    INNER JOIN jsonb_to_recordset(%(client_signals)s::jsonb) AS held (since date, until date, page_loads jsonb)
        ON
            %(day)s >= held.since AND %(day)s < held.until
            AND held.page_loads @> to_jsonb(happened.measure)
    WHERE happened.category = 'performance' AND happened.value IS NOT NULL
)

SELECT
    'errors' AS name,
    count(*)::double precision AS number
FROM happened
WHERE category = 'error'
UNION ALL
SELECT 'people_with_errors', count(DISTINCT person_id) FROM happened WHERE category = 'error'
UNION ALL
SELECT 'pages_viewed', count(*) FROM happened WHERE counts_as = 'pages_viewed'
UNION ALL
SELECT 'has_page_loads', least(count(*), 1) FROM load
UNION ALL
SELECT
    'page_load_' || share.name,
    sum(load.value * greatest(0, 1 - abs(load.place - share.of_all * load.last_place)))
FROM load
CROSS JOIN (VALUES ('p50', 0.5::double precision), ('p95', 0.95)) AS share (name, of_all)
GROUP BY 1

-- Errors and measurements of clients by day, page, browser and platform.
-- Row: one day of the workspace's zone, signal (errors, or the name of what was measured), dimension and value; bots and
-- test accounts are left out. The most frequent names and values of a day have rows of their own, the rest are one row
-- "other", and what was not sent is "unknown". Units: counts, distinct people, what was measured.
-- Of a page the path counts, without address, query and fragment; numbers and long hexadecimal parts in it are :id.
-- Parameters: workspace_id, bucket_start, bucket_end, time_zone, signal_types (ids of event types of the categories error
-- and performance), client_signals (definition)
WITH event AS (
    SELECT
        (event.occurred_at AT TIME ZONE %(time_zone)s)::date AS date,
        event.person_id,
        CASE WHEN event.category = 'performance' THEN event.value END AS measured,
        CASE
            WHEN event.category = 'error' THEN 'errors'
            ELSE lower(left(
                coalesce(
                    event.properties ->> 'metricName', event.properties ->> 'metric', event.properties ->> 'name',
                    event.name
                ), 100
            ))
        END AS signal,
        coalesce(
            event.properties ->> 'path', event.properties ->> 'pathname', event.properties ->> 'page',
            page.content ->> 'pathname', event.context ->> 'pathname',
            event.properties ->> 'url', page.content ->> 'url', event.context ->> 'url'
        ) AS address,
        device.content ->> 'browser' AS browser,
        device.content ->> 'platform' AS platform
    FROM ingestion_person_event AS event
    LEFT JOIN ingestion_context AS device ON device.id = event.context_id
    LEFT JOIN ingestion_context AS page ON page.id = event.page_id
    WHERE
        event.workspace_id = %(workspace_id)s
        AND event.occurred_at >= %(bucket_start)s AND event.occurred_at < %(bucket_end)s
        AND event.event_type_id = ANY(%(signal_types)s::integer [])
        AND NOT event.excluded
),

held AS (
    SELECT *
    FROM jsonb_to_recordset(%(client_signals)s::jsonb) AS held (
        since date, until date, most_measures integer, most_pages integer, most_values integer
    )
),

-- Places are told by windows and not by joins: the planner cannot guess how many there are.
counted AS (
    SELECT
        *,
        count(*) OVER (PARTITION BY date, signal) AS times
    FROM event
),

frequent AS (
    SELECT
        *,
        dense_rank() OVER (PARTITION BY date ORDER BY signal = 'errors' DESC, times DESC, signal) AS place
    FROM counted
),

named AS (
    SELECT
        event.date,
        event.person_id,
        CASE WHEN event.place <= held.most_measures + 1 THEN event.signal ELSE 'other' END AS signal,
        CASE WHEN event.place <= held.most_measures + 1 THEN event.measured END AS measured,
        dimension.dimension,
        coalesce(left(nullif(dimension.value, ''), 200), 'unknown') AS value,
        CASE WHEN dimension.dimension = 'page' THEN held.most_pages ELSE held.most_values END AS most
    FROM frequent AS event
    INNER JOIN held ON event.date >= held.since AND event.date < held.until
    CROSS JOIN LATERAL (
        VALUES
        ('all', 'all'),
        (
            'page',
            regexp_replace(
                regexp_replace(event.address, '^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*|[?#].*$', '', 'g'),
                '/([0-9]+|[0-9a-fA-F-]{16,})(?=/|$)', '/:id', 'g'
            )
        ),
        ('browser', event.browser),
        ('platform', event.platform)
    ) AS dimension (dimension, value)
),

weighed AS (
    SELECT
        *,
        count(*) OVER (PARTITION BY date, signal, dimension, value) AS times
    FROM named
),

ranked AS (
    SELECT
        *,
        dense_rank() OVER (PARTITION BY date, signal, dimension ORDER BY times DESC, value) AS place
    FROM weighed
)

INSERT INTO client_signal_daily (
    workspace_id, date, signal, dimension, value, events, people, p50, p95, calculated_at
)
SELECT
    %(workspace_id)s,
    date,
    signal,
    dimension,
    CASE WHEN place <= most THEN value ELSE 'other' END,
    count(*),
    count(DISTINCT person_id),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY measured),
    percentile_cont(0.95) WITHIN GROUP (ORDER BY measured),
    now()
FROM ranked
GROUP BY 2, 3, 4, 5

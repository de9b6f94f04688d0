-- Errors of clients and page loads by day.
-- Row: one day of the workspace's zone with any event of a person; bots and test accounts are left out. Units: counts,
-- distinct people, what was measured (ms).
-- Parameters: workspace_id, bucket_start, bucket_end, date_start, date_end, time_zone, signal_types (ids of event types
-- of the categories error and performance), client_signals (definition)
WITH signal AS (
    SELECT
        (occurred_at AT TIME ZONE %(time_zone)s)::date AS date,
        person_id,
        category,
        value,
        lower(coalesce(properties ->> 'metricName', properties ->> 'metric', properties ->> 'name', name)) AS measure
    FROM ingestion_person_event
    WHERE
        workspace_id = %(workspace_id)s
        AND occurred_at >= %(bucket_start)s AND occurred_at < %(bucket_end)s
        AND event_type_id = ANY(%(signal_types)s::integer [])
        AND NOT excluded
),

judged AS (
    SELECT
        signal.*,
        signal.category = 'performance' AND jsonb_exists(held.page_loads, signal.measure) AS is_page_load
    FROM signal
    INNER JOIN jsonb_to_recordset(%(client_signals)s::jsonb) AS held (since date, until date, page_loads jsonb)
        ON signal.date >= held.since AND signal.date < held.until
),

counted AS (
    SELECT
        date,
        count(*) FILTER (WHERE category = 'error') AS errors,
        count(DISTINCT person_id) FILTER (WHERE category = 'error') AS people_with_errors,
        count(value) FILTER (WHERE is_page_load) AS page_loads,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY value) FILTER (WHERE is_page_load) AS page_load_p50,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY value) FILTER (WHERE is_page_load) AS page_load_p95
    FROM judged
    GROUP BY 1
),

seen AS (
    SELECT
        date,
        sum(pages_viewed) AS pages_viewed
    FROM user_activity_daily
    WHERE
        workspace_id = %(workspace_id)s AND date >= %(date_start)s AND date < %(date_end)s
        AND NOT excluded AND events > 0
    GROUP BY 1
)

INSERT INTO client_daily (
    workspace_id, date, errors, people_with_errors, pages_viewed, page_loads, has_page_loads, page_load_p50,
    page_load_p95, calculated_at
)
SELECT
    %(workspace_id)s,
    seen.date,
    coalesce(counted.errors, 0),
    coalesce(counted.people_with_errors, 0),
    seen.pages_viewed,
    coalesce(counted.page_loads, 0),
    least(coalesce(counted.page_loads, 0), 1),
    coalesce(counted.page_load_p50, 0),
    coalesce(counted.page_load_p95, 0),
    now()
FROM seen
LEFT JOIN counted ON counted.date = seen.date

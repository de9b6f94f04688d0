-- What came in by day of receipt: how much, what became of it, and how late it was.
-- Row: one day of the workspace's zone on which anything was received. Units: events, minutes, seconds.
-- Parameters: workspace_id, bucket_start, bucket_end, time_zone
WITH counted AS (
    SELECT
        (hour AT TIME ZONE %(time_zone)s)::date AS date,
        received,
        stored,
        duplicates,
        rejected,
        refused,
        lag,
        delay
    FROM analytics_arrivalhour
    WHERE workspace_id = %(workspace_id)s AND hour >= %(bucket_start)s AND hour < %(bucket_end)s
),

step AS (
    SELECT
        counted.date,
        part.name,
        entry.key::integer AS step,
        sum(entry.value::bigint) AS events
    FROM counted
    CROSS JOIN LATERAL (VALUES ('lag', counted.lag), ('delay', counted.delay)) AS part (name, steps)
    CROSS JOIN LATERAL jsonb_each_text(part.steps) AS entry
    GROUP BY 1, 2, 3
),

running AS (
    SELECT
        date,
        name,
        -- The middle of the step, of which there are four to each doubling.
        power(2, (step + 0.5) / 4) AS seconds,
        sum(events) OVER (PARTITION BY date, name ORDER BY step) AS up_to,
        sum(events) OVER (PARTITION BY date, name) AS events
    FROM step
),

percentile AS (
    SELECT
        date,
        min(seconds) FILTER (WHERE name = 'lag' AND up_to >= 0.5 * events) AS lag_p50,
        min(seconds) FILTER (WHERE name = 'lag' AND up_to >= 0.95 * events) AS lag_p95,
        min(seconds) FILTER (WHERE name = 'delay' AND up_to >= 0.5 * events) AS delay_p50,
        min(seconds) FILTER (WHERE name = 'delay' AND up_to >= 0.95 * events) AS delay_p95
    FROM running
    GROUP BY 1
),

summed AS (
    SELECT
        date,
        sum(received) AS received,
        sum(stored) AS stored,
        sum(duplicates) AS duplicates,
        sum(rejected) AS rejected,
        sum(refused) AS refused
    FROM counted
    GROUP BY 1
)

INSERT INTO arrival_daily (
    workspace_id, date, received, stored, duplicates, rejected, refused, minutes, has_stored, lag_p50, lag_p95,
    delay_p50, delay_p95, calculated_at
)
SELECT
    %(workspace_id)s,
    summed.date,
    summed.received,
    summed.stored,
    summed.duplicates,
    summed.rejected,
    summed.refused,
    extract(
        EPOCH FROM
        least((summed.date + 1)::timestamp AT TIME ZONE %(time_zone)s, now())
        - summed.date::timestamp AT TIME ZONE %(time_zone)s
    ) / 60,
    least(summed.stored, 1),
    coalesce(percentile.lag_p50, 0),
    coalesce(percentile.lag_p95, 0),
    coalesce(percentile.delay_p50, 0),
    coalesce(percentile.delay_p95, 0),
    now()
FROM summed
LEFT JOIN percentile ON percentile.date = summed.date

-- A funnel: how far people came, one statement for any range (docs/decisions, "The best attempt of a person").
-- Row: one step, of a day of the workspace's zone or, where by_day is false, of the whole range (day is NULL then).
-- Units: distinct people (entered: at step 1; people_before: at the step before; people: at this one), seconds.
-- Every event of step 1 in the range begins an attempt. reached_N_K, on an event of step N, is when an attempt that
-- stands there can first reach step K: the earliest of those that come after it. So one pass backwards over the events
-- of the steps tells how far every attempt comes. What stands in braces is written by analytics/funnels.py.
-- Of each person the attempt that comes furthest counts, of several such ones the first.
-- Parameters: workspace_id, bucket_start, bucket_end, events_end (instants), time_zone, by_day, with_bots, window
-- (microseconds), types (ids), steps (their number), and types_N, key_N_M, value_N_M of each step
WITH events AS (
    SELECT
        person_id,
        occurred_at,
        received_at,
        event_id,
        (date_part('epoch', occurred_at) * 1000000)::bigint AS moment,
        {steps}
    FROM ingestion_person_event
    WHERE
        workspace_id = %(workspace_id)s
        AND occurred_at >= %(bucket_start)s AND occurred_at < %(events_end)s
        AND event_type_id = ANY(%(types)s::integer [])
        AND (%(with_bots)s OR NOT excluded)
),

-- By a window and not by a join: the planner cannot guess how many there are, and a wrong guess is a quadratic plan.
marked AS (
    SELECT
        *,
        bool_or(step_1 AND occurred_at < %(bucket_end)s) OVER (PARTITION BY person_id) AS has_entered
    FROM events
),

followed AS (
    SELECT *
    FROM marked
    WHERE has_entered
),

{levels}

attempts AS (
    SELECT
        person_id,
        CASE WHEN %(by_day)s THEN (occurred_at AT TIME ZONE %(time_zone)s)::date END AS day,
        occurred_at,
        received_at,
        event_id,
        {times} AS times
    FROM level_1
    WHERE step_1 AND occurred_at < %(bucket_end)s
),

best AS (
    SELECT DISTINCT ON (person_id, day)
        person_id,
        day,
        times,
        cardinality(array_remove(times, NULL)) AS depth
    FROM attempts
    ORDER BY person_id, day, cardinality(array_remove(times, NULL)) DESC, occurred_at, received_at, event_id
)

SELECT
    day,
    step.number AS step,
    count(*) AS entered,
    count(*) FILTER (WHERE depth >= step.number - 1) AS people_before,
    count(*) FILTER (WHERE depth >= step.number) AS people,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY times[step.number] - times[step.number - 1]) / 1000000 AS median_seconds
FROM best
CROSS JOIN generate_series(1, %(steps)s::integer) AS step (number)
GROUP BY day, step.number
ORDER BY day, step.number

-- What people do after an event, step by step.
-- Row: one step of at most depth, what came before it (from_name) and what came (to_name): people, times; and of step 0
-- how many began. to_name is null where nothing came within the gap, and '' stands for all that are not among the most
-- frequent of their step. What fewer than least_people did is left out. Each start begins a path, also within another.
-- The same event again at once is one. Units: distinct people, paths.
-- Parameters: workspace_id, start, end, events_end (instants), types (ids that begin a path), gap (seconds), depth, most,
-- least_people, with_bots
WITH acted AS (
    SELECT
        person_id,
        event_type_id,
        name,
        occurred_at,
        received_at,
        event_id,
        lag(event_type_id) OVER before AS earlier_type,
        coalesce(occurred_at - lag(occurred_at) OVER before > make_interval(secs => %(gap)s), false) AS is_apart
    FROM ingestion_person_event
    WHERE
        workspace_id = %(workspace_id)s
        AND occurred_at >= %(start)s AND occurred_at < %(events_end)s
        AND is_active
        AND (%(with_bots)s OR NOT excluded)
    WINDOW before AS (PARTITION BY person_id ORDER BY occurred_at, received_at, event_id)
),

placed AS (
    SELECT
        person_id,
        event_type_id,
        name,
        occurred_at,
        count(*) FILTER (WHERE is_apart) OVER before AS run,
        row_number() OVER before AS place
    FROM acted
    WHERE is_apart OR earlier_type IS DISTINCT FROM event_type_id
    WINDOW before AS (PARTITION BY person_id ORDER BY occurred_at, received_at, event_id)
),

followed AS (
    SELECT
        *,
        lead(name) OVER (PARTITION BY person_id, run ORDER BY place) AS next_name
    FROM placed
),

began AS (
    SELECT person_id, run, place
    FROM followed
    WHERE event_type_id = ANY(%(types)s::integer []) AND occurred_at < %(end)s
),

stepped AS (
    SELECT
        began.person_id,
        followed.place - began.place + 1 AS step,
        followed.name AS from_name,
        followed.next_name AS to_name
    FROM began
    INNER JOIN followed
        ON followed.person_id = began.person_id AND followed.run = began.run
        AND followed.place BETWEEN began.place AND began.place + %(depth)s - 1
),

frequent AS (
    SELECT step, to_name
    FROM (
        SELECT
            step,
            to_name,
            row_number() OVER (PARTITION BY step ORDER BY count(*) DESC, to_name) AS place
        FROM stepped
        WHERE to_name IS NOT NULL
        GROUP BY step, to_name
    ) AS ranked
    WHERE place <= %(most)s
)

SELECT 0 AS step, NULL AS from_name, NULL AS to_name, count(DISTINCT person_id) AS people, count(*) AS times
FROM began
UNION ALL
(
    SELECT
        stepped.step,
        CASE WHEN stepped.step = 1 OR earlier.to_name IS NOT NULL THEN stepped.from_name ELSE '' END AS from_name,
        CASE WHEN stepped.to_name IS NOT NULL THEN coalesce(frequent.to_name, '') END AS to_name,
        count(DISTINCT stepped.person_id) AS people,
        count(*) AS times
    FROM stepped
    LEFT JOIN frequent ON frequent.step = stepped.step AND frequent.to_name = stepped.to_name
    LEFT JOIN frequent AS earlier ON earlier.step = stepped.step - 1 AND earlier.to_name = stepped.from_name
    GROUP BY 1, 2, 3
    HAVING count(DISTINCT stepped.person_id) >= %(least_people)s
    ORDER BY 1, times DESC, from_name, to_name
)

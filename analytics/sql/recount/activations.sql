-- Activation sessions that start on a day, and the runs of days with a completed one that end with it, from all events of
-- sessions up to half a day later. An event belongs to the latest start of the same session at most 12 hours before; an
-- id has one session a day, and without an id each start is one.
-- Row: a column of wellbeing by day, number.
-- Parameters: workspace_id, day (date), day_end (instant), time_zone, not_counted (bits of flags)
WITH step AS MATERIALIZED (
    SELECT
        coalesce(link.person_id, event.actor_id) AS person_id,
        event.event_id,
        kind.name,
        coalesce(event.object_id, '') AS session,
        event.occurred_at,
        event.value,
        event.properties
    FROM ingestion_event AS event
    INNER JOIN ingestion_eventtype AS kind ON kind.id = event.event_type_id
    LEFT JOIN ingestion_identitylink AS link ON link.actor_id = event.actor_id
    WHERE
        event.workspace_id = %(workspace_id)s
        AND kind.name IN (
            'activation_started', 'activation_round_completed', 'activation_mood_logged', 'activation_completed'
        )
        AND event.occurred_at < %(day_end)s + interval '12 hours'
        AND event.flags & %(not_counted)s = 0
        AND NOT EXISTS (
            SELECT FROM ingestion_excludedactor AS test_account
            WHERE test_account.actor_id = event.actor_id AND event.occurred_at <@ test_account.spans
        )
),

placed AS (
    SELECT
        step.event_id,
        coalesce(max(start.occurred_at), step.occurred_at) AS began_at
    FROM step
    LEFT JOIN step AS start
        ON
            start.person_id = step.person_id AND start.session = step.session
            AND start.name = 'activation_started'
            AND step.occurred_at - start.occurred_at BETWEEN interval '0' AND interval '12 hours'
    GROUP BY step.event_id, step.occurred_at
),

session_step AS (
    SELECT
        step.*,
        (placed.began_at AT TIME ZONE %(time_zone)s)::date AS date,
        step.person_id::text || ' ' || CASE step.session
            WHEN '' THEN placed.began_at::text
            ELSE (placed.began_at AT TIME ZONE %(time_zone)s)::date::text || ' ' || step.session
        END AS key
    FROM step
    INNER JOIN placed USING (event_id)
),

mood AS (
    SELECT
        key,
        occurred_at,
        name,
        CASE
            WHEN name <> 'activation_mood_logged' THEN properties -> 'start_mood'
            WHEN properties ->> 'phase' = 'start' THEN to_jsonb(value)
        END AS at_start,
        CASE
            WHEN name = 'activation_completed' THEN properties -> 'end_mood'
            WHEN name = 'activation_mood_logged' AND properties ->> 'phase' = 'end' THEN to_jsonb(value)
        END AS at_end
    FROM session_step
    WHERE date = %(day)s
),

-- The latest of each, at one instant that of the completion.
last_start AS (
    SELECT DISTINCT ON (key) key, at_start::float AS mood
    FROM mood
    WHERE jsonb_typeof(at_start) = 'number' AND at_start >= '1' AND at_start <= '10'
    ORDER BY key ASC, occurred_at DESC, name ASC
),

last_end AS (
    SELECT DISTINCT ON (key) key, at_end::float AS mood
    FROM mood
    WHERE jsonb_typeof(at_end) = 'number' AND at_end >= '1' AND at_end <= '10'
    ORDER BY key ASC, occurred_at DESC, name ASC
),

session AS (
    SELECT
        key,
        person_id,
        date,
        bool_or(name = 'activation_completed') AS is_completed,
        count(DISTINCT value) FILTER (WHERE name = 'activation_round_completed') AS rounds,
        coalesce(bool_or(name = 'activation_completed' AND properties @> '{"rounds_completed": 8}'), false) AS says_all
    FROM session_step
    GROUP BY 1, 2, 3
    HAVING bool_or(name IN ('activation_started', 'activation_completed'))
),

today AS (
    SELECT
        session.is_completed,
        session.is_completed AND (session.rounds >= 8 OR session.says_all) AS has_all_rounds,
        CASE WHEN session.is_completed THEN last_end.mood - last_start.mood END AS shift
    FROM session
    LEFT JOIN last_start USING (key)
    LEFT JOIN last_end USING (key)
    WHERE session.date = %(day)s
),

practised AS (
    SELECT
        person_id,
        date,
        row_number() OVER (PARTITION BY person_id ORDER BY date DESC) AS place
    FROM (SELECT DISTINCT person_id, date FROM session WHERE is_completed AND date <= %(day)s) AS day
),

-- Without a missed day the n-th last day is n - 1 days ago.
streak AS (
    SELECT
        person_id,
        count(*) AS days
    FROM practised
    WHERE %(day)s::date - date = place - 1
    GROUP BY 1
)

SELECT
    'activations_started' AS name,
    count(*)::double precision AS number
FROM today
UNION ALL
SELECT 'activations_completed', count(*) FILTER (WHERE is_completed) FROM today
UNION ALL
SELECT 'activations_all_rounds', count(*) FILTER (WHERE has_all_rounds) FROM today
UNION ALL
SELECT 'mood_shifts', count(shift) FROM today
UNION ALL
SELECT 'mood_shift_sum', coalesce(sum(shift), 0) FROM today
UNION ALL
SELECT 'streak_people', count(*) FROM streak
UNION ALL
SELECT 'streak_sum', coalesce(sum(days), 0) FROM streak

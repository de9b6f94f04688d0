-- Activation sessions and micro-acts by person and day (metrics.md 6).
-- Row: one person and day of the workspace's zone, bots and test accounts apart. Units: sessions, acts, moods 1-10.
-- An event of a session belongs to the latest start of the same session, sent as activation_id, within the 12 hours
-- before; without one it began the session itself. The session counts on the day of that start. Restarts of a session
-- on one day are one session; sessions without an id are told apart by their starts.
-- Parameters: workspace_id, bucket_start, bucket_end, reach_start, reach_end, time_zone, activation_types,
-- microact_types
WITH practice AS (
    SELECT
        person_id,
        excluded,
        name,
        occurred_at,
        coalesce(object_id, '') AS activation_id,
        CASE name
            WHEN 'activation_round_completed' THEN value
            WHEN 'activation_completed' THEN
                jsonb_path_query_first(properties, '$.rounds_completed ? (@ >= 0 && @ <= 8)')::float
        END AS rounds,
        CASE
            WHEN name <> 'activation_mood_logged'
                THEN jsonb_path_query_first(properties, '$.start_mood ? (@ >= 1 && @ <= 10)')::float
            WHEN properties ->> 'phase' = 'start' AND value BETWEEN 1 AND 10 THEN value
        END AS start_mood,
        CASE
            WHEN name = 'activation_completed'
                THEN jsonb_path_query_first(properties, '$.end_mood ? (@ >= 1 && @ <= 10)')::float
            WHEN name = 'activation_mood_logged' AND properties ->> 'phase' = 'end' AND value BETWEEN 1 AND 10 THEN value
        END AS end_mood,
        coalesce(
            max(occurred_at) FILTER (WHERE name = 'activation_started') OVER (
                PARTITION BY person_id, excluded, coalesce(object_id, '')
                ORDER BY occurred_at
                RANGE BETWEEN interval '12 hours' PRECEDING AND CURRENT ROW
            ),
            occurred_at
        ) AS began_at
    FROM ingestion_person_event
    WHERE
        workspace_id = %(workspace_id)s
        AND event_type_id = any(%(activation_types)s)
        AND occurred_at >= %(reach_start)s AND occurred_at < %(reach_end)s
),

activation AS (
    SELECT
        person_id,
        excluded,
        activation_id,
        (began_at AT TIME ZONE %(time_zone)s)::date AS date,
        min(began_at) AS started_at,
        max(occurred_at) AS ended_at,
        bool_or(name = 'activation_started') AS is_begun,
        bool_or(name = 'activation_completed') AS completed,
        -- Rounds come one by one and once more in sum.
        greatest(
            max(rounds) FILTER (WHERE name = 'activation_completed'),
            count(DISTINCT rounds) FILTER (WHERE name = 'activation_round_completed')
        ) AS rounds,
        -- The last word on a mood counts, at one instant that of the completion.
        (array_agg(start_mood ORDER BY occurred_at DESC, name) FILTER (WHERE start_mood IS NOT NULL))[1] AS start_mood,
        (array_agg(end_mood ORDER BY occurred_at DESC, name) FILTER (WHERE end_mood IS NOT NULL))[1] AS end_mood
    FROM practice
    WHERE began_at >= %(bucket_start)s AND began_at < %(bucket_end)s
    GROUP BY 1, 2, 3, 4, CASE WHEN activation_id = '' THEN began_at END
    HAVING bool_or(name IN ('activation_started', 'activation_completed'))
),

practised AS (
    SELECT
        person_id,
        date,
        excluded,
        count(*) AS started,
        max(started_at) AS last_started_at,
        max(ended_at) AS last_event_at,
        min(started_at) FILTER (WHERE NOT is_begun) AS unstarted_at,
        count(*) FILTER (WHERE completed) AS completed,
        count(*) FILTER (WHERE completed AND rounds >= 8) AS all_rounds,
        count(end_mood - start_mood) FILTER (WHERE completed) AS mood_shifts,
        sum(end_mood - start_mood) FILTER (WHERE completed) AS mood_shift_sum,
        (array_agg(start_mood ORDER BY started_at DESC, activation_id DESC) FILTER (WHERE completed))[1] AS start_mood,
        (array_agg(end_mood ORDER BY started_at DESC, activation_id DESC) FILTER (WHERE completed))[1] AS end_mood
    FROM activation
    GROUP BY 1, 2, 3
),

act AS (
    SELECT
        person_id,
        (occurred_at AT TIME ZONE %(time_zone)s)::date AS date,
        excluded,
        coalesce(object_id, event_id::text) AS act_id,
        name = 'microact_created' AS is_created,
        name = 'microact_created' AND properties ->> 'impact_scope' <> 'self' AS is_for_others,
        jsonb_path_query_first(properties, '$.value_added_score ? (@ >= 1 && @ <= 10)')::float AS value_score,
        CASE name
            WHEN 'microact_created' THEN properties -> 'shared_to_feed' = 'true'
            WHEN 'microact_shared' THEN coalesce(properties ->> 'share_target', 'feed') = 'feed'
        END AS is_shared
    FROM ingestion_person_event
    WHERE
        workspace_id = %(workspace_id)s
        AND event_type_id = any(%(microact_types)s)
        AND occurred_at >= %(bucket_start)s AND occurred_at < %(bucket_end)s
),

acted AS (
    SELECT
        person_id,
        date,
        excluded,
        count(*) FILTER (WHERE is_created) AS micro_acts,
        count(*) FILTER (WHERE is_for_others) AS acts_for_others,
        sum(value_score) FILTER (WHERE is_for_others) AS value_score_sum,
        -- One that is shared as it is created and once more was shared once.
        count(DISTINCT act_id) FILTER (WHERE is_shared) AS micro_acts_shared
    FROM act
    GROUP BY 1, 2, 3
)

INSERT INTO wellbeing_activity_daily (
    workspace_id, person_id, date, excluded,
    activations_started, last_started_at, last_event_at, unstarted_at, activations_completed, activations_all_rounds,
    mood_shifts, mood_shift_sum, start_mood, end_mood,
    micro_acts, acts_for_others, value_score_sum, micro_acts_shared, calculated_at
)
SELECT
    %(workspace_id)s,
    person_id,
    date,
    excluded,
    coalesce(practised.started, 0),
    practised.last_started_at,
    practised.last_event_at,
    practised.unstarted_at,
    coalesce(practised.completed, 0),
    coalesce(practised.all_rounds, 0),
    coalesce(practised.mood_shifts, 0),
    coalesce(practised.mood_shift_sum, 0),
    practised.start_mood,
    practised.end_mood,
    coalesce(acted.micro_acts, 0),
    coalesce(acted.acts_for_others, 0),
    coalesce(acted.value_score_sum, 0),
    coalesce(acted.micro_acts_shared, 0),
    now()
FROM practised
FULL JOIN acted USING (person_id, date, excluded)

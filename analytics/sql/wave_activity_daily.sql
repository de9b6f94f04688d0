-- Parts of people in waves by day (metrics.md 6).
-- Row: one person, wave and day of the workspace's zone, bots and test accounts apart. Units: counts, ratings 1-5,
-- energy 1-10. The wave is what the event types point to as their community.
-- Parameters: workspace_id, bucket_start, bucket_end, time_zone, wave_types
INSERT INTO wave_activity_daily (
    workspace_id, person_id, date, wave_id, excluded, registered, joined, "left", interactions, discussed,
    micro_acts_shared, ratings, rating_sum, energy_boosts, energy_boost_sum, calculated_at
)
SELECT
    %(workspace_id)s,
    person_id,
    date,
    wave_id,
    excluded,
    bool_or(name = 'wave_registered'),
    bool_or(name = 'wave_joined'),
    bool_or(name = 'wave_left'),
    count(*) FILTER (WHERE name = 'wave_interaction'),
    coalesce(bool_or(name = 'wave_interaction' AND interaction = 'discussion'), false),
    count(DISTINCT act_id) FILTER (WHERE name = 'wave_microact_shared'),
    count(rating),
    coalesce(sum(rating), 0),
    count(energy_after - energy_before),
    coalesce(sum(energy_after - energy_before), 0),
    now()
FROM (
    SELECT
        person_id,
        (occurred_at AT TIME ZONE %(time_zone)s)::date AS date,
        coalesce(community_id, '') AS wave_id,
        excluded,
        name,
        properties ->> 'interaction_type' AS interaction,
        coalesce(object_id, event_id::text) AS act_id,
        CASE WHEN name = 'wave_feedback_submitted' AND value BETWEEN 1 AND 5 THEN value END AS rating,
        CASE
            WHEN name = 'wave_feedback_submitted'
                THEN jsonb_path_query_first(properties, '$.energy_before ? (@ >= 1 && @ <= 10)')::float
        END AS energy_before,
        CASE
            WHEN name = 'wave_feedback_submitted'
                THEN jsonb_path_query_first(properties, '$.energy_after ? (@ >= 1 && @ <= 10)')::float
        END AS energy_after
    FROM ingestion_person_event
    WHERE
        workspace_id = %(workspace_id)s
        AND event_type_id = any(%(wave_types)s)
        AND occurred_at >= %(bucket_start)s AND occurred_at < %(bucket_end)s
) AS event
GROUP BY person_id, date, wave_id, excluded

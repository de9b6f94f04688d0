-- Who joined a wave in the 7 days that end with a day, who was active in them, and what was said of waves on the day;
-- from the events alone.
-- Row: a column of wellbeing or of platform health by day, number.
-- Parameters: workspace_id, day_start, day_end, week_start (instants), not_counted (bits of flags)
WITH happened AS (
    SELECT
        coalesce(link.person_id, event.actor_id) AS person_id,
        kind.name,
        kind.category NOT IN ('system', 'error', 'performance') AS is_active,
        event.occurred_at >= %(day_start)s AND kind.name = 'wave_feedback_submitted' AS is_feedback_of_day,
        event.value,
        event.properties -> 'energy_before' AS before,
        event.properties -> 'energy_after' AS after
    FROM ingestion_event AS event
    INNER JOIN ingestion_eventtype AS kind ON kind.id = event.event_type_id
    LEFT JOIN ingestion_identitylink AS link ON link.actor_id = event.actor_id
    WHERE
        event.workspace_id = %(workspace_id)s
        AND event.occurred_at >= %(week_start)s AND event.occurred_at < %(day_end)s
        AND event.flags & %(not_counted)s = 0
        AND NOT EXISTS (
            SELECT FROM ingestion_excludedactor AS test_account
            WHERE test_account.actor_id = event.actor_id AND event.occurred_at <@ test_account.spans
        )
),

boost AS (
    SELECT after::float - before::float AS points
    FROM happened
    WHERE
        is_feedback_of_day
        AND jsonb_typeof(before) = 'number' AND before >= '1' AND before <= '10'
        AND jsonb_typeof(after) = 'number' AND after >= '1' AND after <= '10'
)

SELECT
    'wave_people' AS name,
    count(DISTINCT person_id)::double precision AS number
FROM happened
WHERE name = 'wave_joined'
UNION ALL
SELECT 'wau', count(DISTINCT person_id) FROM happened WHERE is_active
UNION ALL
SELECT 'wave_ratings', count(*) FROM happened WHERE is_feedback_of_day AND value BETWEEN 1 AND 5
UNION ALL
SELECT 'wave_rating_sum', coalesce(sum(value), 0) FROM happened WHERE is_feedback_of_day AND value BETWEEN 1 AND 5
UNION ALL
SELECT 'energy_boosts', count(*) FROM boost
UNION ALL
SELECT 'energy_boost_sum', coalesce(sum(points), 0) FROM boost

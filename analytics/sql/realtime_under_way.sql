-- What is under way in a wellbeing programme (analytics/under_way.py).
-- Row: name of the counter, its member, a number: of the micro-acts of today how many (without a member), of all else
-- when it was last seen, in seconds since 1970.
-- Parameters: workspace_id, today_start, under_way_start (instants)
WITH event AS MATERIALIZED (
    SELECT name, actor_id, object_id, community_id, occurred_at
    FROM ingestion_person_event
    WHERE
        workspace_id = %(workspace_id)s
        AND event_type_id = any(ARRAY(
            SELECT id
            FROM ingestion_eventtype
            WHERE
                workspace_id = %(workspace_id)s
                AND name IN (
                    'microact_created', 'wave_joined', 'wave_interaction', 'wave_microact_shared',
                    'activation_started', 'activation_completed'
                )
        ))
        AND occurred_at >= least(%(today_start)s::timestamptz, %(under_way_start)s::timestamptz)
        AND NOT excluded
),

activation AS (
    SELECT
        actor_id || ' ' || coalesce(object_id, '') AS member,
        max(occurred_at) FILTER (WHERE name = 'activation_started') AS begun_at,
        max(occurred_at) FILTER (WHERE name = 'activation_completed') AS ended_at
    FROM event
    WHERE name IN ('activation_started', 'activation_completed') AND occurred_at > %(under_way_start)s
    GROUP BY 1
)

SELECT 'micro_acts' AS name, '' AS member, count(*)::float AS number
FROM event
WHERE name = 'microact_created' AND occurred_at >= %(today_start)s
UNION ALL
SELECT 'waves', community_id, extract(EPOCH FROM max(occurred_at))::float
FROM event
WHERE community_id <> '' AND name LIKE 'wave\_%%' AND occurred_at > %(under_way_start)s
GROUP BY community_id
UNION ALL
SELECT 'activations', member, extract(EPOCH FROM begun_at)::float
FROM activation
WHERE begun_at > coalesce(ended_at, '-infinity')
UNION ALL
SELECT 'activations:ended', member, extract(EPOCH FROM ended_at)::float
FROM activation
WHERE ended_at IS NOT NULL

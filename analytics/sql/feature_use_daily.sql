-- Features that people used by day (metrics.md 1), from which days, weeks and months are counted.
-- Row: one person and day of the workspace's zone on which they were active; bots and test accounts are left out.
-- Unit: bits, one a feature (analytics_feature.bit). Events that are the opposite of their type are no use of it.
-- Parameters: workspace_id, bucket_start, bucket_end, date_start, date_end, time_zone, types (ids of event types) and
-- masks (the bits of the features that each of them is a use of)
-- The two sources are put under each other and added up: a join of them is quadratic where the planner guesses wrong.
WITH known AS (
    SELECT
        event.person_id,
        (event.occurred_at AT TIME ZONE %(time_zone)s)::date AS date,
        false AS is_active,
        feature.mask AS features
    FROM ingestion_person_event AS event
    INNER JOIN unnest(%(types)s::integer [], %(masks)s::bigint []) AS feature (event_type_id, mask)
        ON feature.event_type_id = event.event_type_id
    WHERE
        event.workspace_id = %(workspace_id)s
        AND event.occurred_at >= %(bucket_start)s AND event.occurred_at < %(bucket_end)s
        AND event.event_type_id = ANY(%(types)s::integer [])
        AND NOT event.excluded AND NOT event.is_opposite
    UNION ALL
    SELECT person_id, date, true, 0::bigint
    FROM user_activity_daily
    WHERE
        workspace_id = %(workspace_id)s AND date >= %(date_start)s AND date < %(date_end)s
        AND active_events > 0 AND NOT excluded
)

INSERT INTO feature_use_daily (workspace_id, person_id, date, features)
SELECT
    %(workspace_id)s,
    person_id,
    date,
    bit_or(features)
FROM known
GROUP BY person_id, date
HAVING bool_or(is_active)

-- Features that people used by day (metrics.md 1), from which days, weeks and months are counted.
-- Row: one person and day of the workspace's zone on which they were active; bots and test accounts are left out.
-- Unit: bits, one a feature (analytics_feature.bit). Events that are the opposite of their type are no use of it.
-- Parameters: workspace_id, bucket_start, bucket_end, date_start, date_end, time_zone, types (ids of event types) and
-- masks (the bits of the features that each of them is a use of)
WITH used AS (
    SELECT
        event.person_id,
        (event.occurred_at AT TIME ZONE %(time_zone)s)::date AS date,
        bit_or(feature.mask) AS features
    FROM ingestion_person_event AS event
    INNER JOIN unnest(%(types)s::integer [], %(masks)s::bigint []) AS feature (event_type_id, mask)
        ON feature.event_type_id = event.event_type_id
    WHERE
        event.workspace_id = %(workspace_id)s
        AND event.occurred_at >= %(bucket_start)s AND event.occurred_at < %(bucket_end)s
        AND event.event_type_id = ANY(%(types)s::integer [])
        AND NOT event.excluded AND NOT event.is_opposite
    GROUP BY 1, 2
)

INSERT INTO feature_use_daily (workspace_id, person_id, date, features)
SELECT
    %(workspace_id)s,
    activity.person_id,
    activity.date,
    coalesce(used.features, 0)
FROM user_activity_daily AS activity
LEFT JOIN used ON used.person_id = activity.person_id AND used.date = activity.date
WHERE
    activity.workspace_id = %(workspace_id)s
    AND activity.date >= %(date_start)s AND activity.date < %(date_end)s
    AND activity.active_events > 0 AND NOT activity.excluded

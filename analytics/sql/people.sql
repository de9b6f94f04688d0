-- People with the time they were first seen and signed up (metrics.md: sign-up event, else created_at trait, else
-- first seen).
-- Row: one person with any counted event. Replaces the rows that the days of the range can have changed: people who
-- are new, who were active before they were first seen or signed up anew in the range, and those first seen in it.
-- Returns the sign-up days that gained or lost somebody and, for the rollups that ask who had signed up by a day, all days
-- of activity of those whose sign-up day moved.
-- People are looked up one by one (the limits leave the planner no choice): it costs what the people of the range cost,
-- however many there are.
-- Parameters: workspace_id, bucket_start, bucket_end, date_start, date_end, time_zone
WITH touched AS (
    SELECT activity.person_id
    FROM user_activity_daily AS activity
    LEFT JOIN LATERAL (
        SELECT known.person_id, known.first_seen_at
        FROM analytics_person AS known
        WHERE known.person_id = activity.person_id
        LIMIT 1
    ) AS person ON true
    WHERE
        activity.workspace_id = %(workspace_id)s
        AND activity.date >= %(date_start)s AND activity.date < %(date_end)s
        AND NOT activity.excluded AND activity.first_event_at IS NOT NULL
        AND (
            person.person_id IS NULL
            OR activity.first_event_at < person.first_seen_at
            OR activity.signed_up_at IS NOT NULL
            OR activity.trait_created_at IS NOT NULL
        )
    UNION
    SELECT person_id
    FROM analytics_person
    WHERE
        workspace_id = %(workspace_id)s
        AND first_seen_at >= %(bucket_start)s AND first_seen_at < %(bucket_end)s
    UNION
    SELECT person_id
    FROM analytics_person
    WHERE
        workspace_id = %(workspace_id)s
        AND signed_up_on >= %(date_start)s AND signed_up_on < %(date_end)s
),

known AS (
    SELECT
        touched.person_id,
        days.first_seen_at,
        days.signed_up_at
    FROM touched
    CROSS JOIN LATERAL (
        SELECT
            min(activity.first_event_at) AS first_seen_at,
            coalesce(
                min(activity.signed_up_at), min(activity.trait_created_at), min(activity.first_event_at)
            ) AS signed_up_at
        FROM user_activity_daily AS activity
        WHERE
            activity.person_id = touched.person_id AND activity.workspace_id = %(workspace_id)s
            AND NOT activity.excluded AND activity.first_event_at IS NOT NULL
    ) AS days
    WHERE days.first_seen_at IS NOT NULL
),

before AS (
    SELECT touched.person_id, person.signed_up_on
    FROM touched
    CROSS JOIN LATERAL (
        SELECT known.signed_up_on
        FROM analytics_person AS known
        WHERE known.person_id = touched.person_id
        LIMIT 1
    ) AS person
),

gone AS (
    DELETE FROM analytics_person AS person
    USING touched
    WHERE
        person.person_id = touched.person_id
        AND NOT EXISTS (SELECT FROM known WHERE known.person_id = touched.person_id)
    RETURNING person.person_id, person.signed_up_on
),

written AS (
    INSERT INTO analytics_person AS person (person_id, workspace_id, first_seen_at, signed_up_at, signed_up_on)
    SELECT person_id, %(workspace_id)s, first_seen_at, signed_up_at, (signed_up_at AT TIME ZONE %(time_zone)s)::date
    FROM known
    ON CONFLICT (person_id) DO UPDATE
        SET
            first_seen_at = excluded.first_seen_at,
            signed_up_at = excluded.signed_up_at,
            signed_up_on = excluded.signed_up_on
        WHERE
            (person.first_seen_at, person.signed_up_at, person.signed_up_on)
            IS DISTINCT FROM (excluded.first_seen_at, excluded.signed_up_at, excluded.signed_up_on)
    RETURNING person_id, signed_up_on
),

moved AS (
    SELECT
        before.person_id,
        before.signed_up_on
    FROM before
    JOIN written ON written.person_id = before.person_id AND written.signed_up_on <> before.signed_up_on
    UNION ALL
    SELECT
        person_id,
        signed_up_on
    FROM gone
)

SELECT
    signed_up_on,
    NULL
FROM written
UNION
SELECT
    signed_up_on,
    NULL
FROM moved
UNION
SELECT
    activity.date,
    'cohort_retention'
FROM moved
JOIN user_activity_daily AS activity ON activity.person_id = moved.person_id
WHERE activity.workspace_id = %(workspace_id)s AND activity.active_events > 0
UNION
SELECT
    activity.date + asking.days_later,
    asking.rollup
FROM moved
JOIN user_activity_daily AS activity ON activity.person_id = moved.person_id
CROSS JOIN (
    VALUES
    ('recency_daily', 0), ('engagement_level_daily', 0), ('engagement_level_daily', 1), ('cohort_activity_daily', 0)
) AS asking (rollup, days_later)
WHERE activity.workspace_id = %(workspace_id)s AND NOT activity.excluded

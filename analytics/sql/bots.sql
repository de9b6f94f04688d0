-- Bots and test accounts with the time they were first seen and signed up: ids with events, none of which counts. By
-- the rules that people have (people.sql).
-- Row: one id without any counted event. Replaces the rows that the days of the range can have changed.
-- Returns the sign-up days that gained or lost one and, for cohort_retention, all active days of those whose sign-up
-- day moved.
-- Parameters: workspace_id, bucket_start, bucket_end, date_start, date_end, time_zone
WITH touched AS (
    SELECT activity.person_id
    FROM user_activity_daily AS activity
    LEFT JOIN analytics_bot AS bot ON bot.person_id = activity.person_id
    WHERE
        activity.workspace_id = %(workspace_id)s
        AND activity.date >= %(date_start)s AND activity.date < %(date_end)s
        AND activity.first_event_at IS NOT NULL
        AND (activity.excluded OR bot.person_id IS NOT NULL)
    UNION
    SELECT person_id
    FROM analytics_bot
    WHERE
        workspace_id = %(workspace_id)s
        AND first_seen_at >= %(bucket_start)s AND first_seen_at < %(bucket_end)s
    UNION
    SELECT person_id
    FROM analytics_bot
    WHERE
        workspace_id = %(workspace_id)s
        AND signed_up_on >= %(date_start)s AND signed_up_on < %(date_end)s
),

known AS (
    SELECT
        activity.person_id,
        min(activity.first_event_at) AS first_seen_at,
        coalesce(
            min(activity.signed_up_at), min(activity.trait_created_at), min(activity.first_event_at)
        ) AS signed_up_at
    FROM user_activity_daily AS activity
    INNER JOIN touched ON touched.person_id = activity.person_id
    WHERE activity.workspace_id = %(workspace_id)s AND activity.first_event_at IS NOT NULL
    GROUP BY activity.person_id
    HAVING bool_and(activity.excluded)
),

before AS (
    SELECT bot.person_id, bot.signed_up_on
    FROM analytics_bot AS bot
    INNER JOIN touched ON touched.person_id = bot.person_id
),

gone AS (
    DELETE FROM analytics_bot AS bot
    USING touched
    WHERE
        bot.person_id = touched.person_id
        AND NOT EXISTS (SELECT FROM known WHERE known.person_id = touched.person_id)
    RETURNING bot.person_id, bot.signed_up_on
),

written AS (
    INSERT INTO analytics_bot AS bot (person_id, workspace_id, first_seen_at, signed_up_on)
    SELECT person_id, %(workspace_id)s, first_seen_at, (signed_up_at AT TIME ZONE %(time_zone)s)::date
    FROM known
    ON CONFLICT (person_id) DO UPDATE
        SET first_seen_at = excluded.first_seen_at, signed_up_on = excluded.signed_up_on
        WHERE
            (bot.first_seen_at, bot.signed_up_on)
            IS DISTINCT FROM (excluded.first_seen_at, excluded.signed_up_on)
    RETURNING person_id, signed_up_on
),

moved AS (
    SELECT
        before.person_id,
        before.signed_up_on
    FROM before
    INNER JOIN written ON written.person_id = before.person_id AND written.signed_up_on <> before.signed_up_on
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
INNER JOIN user_activity_daily AS activity ON activity.person_id = moved.person_id
WHERE activity.workspace_id = %(workspace_id)s AND activity.active_events > 0

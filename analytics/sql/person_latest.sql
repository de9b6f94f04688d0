-- The latest day on which each person was active, by events that count and, apart, by those that do not.
-- Row: one person, counted or excluded, with any active day. Replaces the rows that the days of the range can have
-- changed: people active in it who are unknown or were last active before, and those last active in it.
-- Returns, for user_cohorts, the sign-up days of people who by that come into or leave the count of a day from 0 to 90.
-- Parameters: workspace_id, date_start, date_end
WITH touched AS (
    SELECT
        activity.person_id,
        activity.excluded
    FROM user_activity_daily AS activity
    LEFT JOIN person_latest AS latest
        ON latest.person_id = activity.person_id AND latest.excluded = activity.excluded
    WHERE
        activity.workspace_id = %(workspace_id)s
        AND activity.date >= %(date_start)s AND activity.date < %(date_end)s
        AND activity.active_events > 0
        AND (latest.person_id IS NULL OR latest.last_active_on < activity.date)
    UNION
    SELECT
        person_id,
        excluded
    FROM person_latest
    WHERE
        workspace_id = %(workspace_id)s
        AND last_active_on >= %(date_start)s AND last_active_on < %(date_end)s
),

known AS (
    SELECT
        touched.person_id,
        touched.excluded,
        latest.date AS last_active_on
    FROM touched
    CROSS JOIN LATERAL (
        SELECT activity.date
        FROM user_activity_daily AS activity
        WHERE
            activity.person_id = touched.person_id
            AND activity.workspace_id = %(workspace_id)s
            AND activity.excluded = touched.excluded
            AND activity.active_events > 0
        ORDER BY activity.date DESC
        LIMIT 1
    ) AS latest
),

before AS (
    SELECT
        latest.person_id,
        latest.excluded,
        latest.last_active_on
    FROM person_latest AS latest
    INNER JOIN touched ON touched.person_id = latest.person_id AND touched.excluded = latest.excluded
),

gone AS (
    DELETE FROM person_latest AS latest
    USING touched
    WHERE
        latest.person_id = touched.person_id
        AND latest.excluded = touched.excluded
        AND NOT EXISTS (
            SELECT FROM known WHERE known.person_id = touched.person_id AND known.excluded = touched.excluded
        )
    RETURNING latest.person_id, latest.last_active_on
),

written AS (
    INSERT INTO person_latest AS latest (person_id, excluded, workspace_id, last_active_on)
    SELECT
        person_id,
        excluded,
        %(workspace_id)s,
        last_active_on
    FROM known
    ON CONFLICT (person_id, excluded) DO UPDATE
        SET last_active_on = excluded.last_active_on
        WHERE latest.last_active_on IS DISTINCT FROM excluded.last_active_on
    RETURNING person_id, latest.excluded, last_active_on
),

moved AS (
    SELECT
        person_id,
        last_active_on AS was,
        NULL::date AS became
    FROM gone
    UNION ALL
    SELECT
        written.person_id,
        before.last_active_on,
        written.last_active_on
    FROM written
    LEFT JOIN before ON before.person_id = written.person_id AND before.excluded = written.excluded
)

SELECT DISTINCT
    signed_up.signed_up_on,
    'user_cohorts'
FROM moved
INNER JOIN (
    SELECT person_id, signed_up_on FROM analytics_person WHERE workspace_id = %(workspace_id)s
    UNION ALL
    SELECT person_id, signed_up_on FROM analytics_bot WHERE workspace_id = %(workspace_id)s
) AS signed_up ON signed_up.person_id = moved.person_id
WHERE
    (moved.was IS NULL) <> (moved.became IS NULL)
    OR least(greatest(moved.was - signed_up.signed_up_on, -1), 90)
    <> least(greatest(moved.became - signed_up.signed_up_on, -1), 90)

-- The latest day on which each person was active, by events that count and, apart, by those that do not.
-- Row: one person, counted or excluded, with any active day. Replaces the rows that the days of the range can have
-- changed: of people active in it who are unknown or were last active before, and of those last active on a day of it
-- on which they are not any more.
-- People are looked up one by one, as in people.sql.
-- Returns, for user_cohorts, the sign-up days of people who by that come into or leave the count of a day from 0 to 90.
-- Parameters: workspace_id, date_start, date_end
WITH present AS (
    SELECT
        person_id,
        excluded,
        max(date) AS date
    FROM user_activity_daily
    WHERE
        workspace_id = %(workspace_id)s
        AND date >= %(date_start)s AND date < %(date_end)s
        AND active_events > 0
    GROUP BY 1, 2
),

changed AS (
    SELECT
        present.person_id,
        present.excluded,
        latest.last_active_on AS was,
        present.date AS became
    FROM present
    LEFT JOIN LATERAL (
        SELECT known.person_id, known.last_active_on
        FROM person_latest AS known
        WHERE known.person_id = present.person_id AND known.excluded = present.excluded
        LIMIT 1
    ) AS latest ON true
    WHERE latest.person_id IS NULL OR latest.last_active_on < present.date
    UNION ALL
    SELECT
        latest.person_id,
        latest.excluded,
        latest.last_active_on,
        (
            SELECT activity.date
            FROM user_activity_daily AS activity
            WHERE
                activity.person_id = latest.person_id
                AND activity.workspace_id = %(workspace_id)s
                AND activity.excluded = latest.excluded
                AND activity.active_events > 0
            ORDER BY activity.date DESC
            LIMIT 1
        )
    FROM person_latest AS latest
    LEFT JOIN present
        ON
            present.person_id = latest.person_id
            AND present.excluded = latest.excluded
            AND present.date >= latest.last_active_on
    WHERE
        latest.workspace_id = %(workspace_id)s
        AND latest.last_active_on >= %(date_start)s AND latest.last_active_on < %(date_end)s
        AND present.person_id IS NULL
),

gone AS (
    DELETE FROM person_latest AS latest
    USING changed
    WHERE latest.person_id = changed.person_id AND latest.excluded = changed.excluded AND changed.became IS NULL
),

written AS (
    INSERT INTO person_latest AS latest (person_id, excluded, workspace_id, last_active_on)
    SELECT
        person_id,
        excluded,
        %(workspace_id)s,
        became
    FROM changed
    WHERE became IS NOT NULL
    ON CONFLICT (person_id, excluded) DO UPDATE SET last_active_on = excluded.last_active_on
)

SELECT DISTINCT
    signed_up.signed_up_on,
    'user_cohorts'
FROM changed
CROSS JOIN LATERAL (
    SELECT person.signed_up_on FROM analytics_person AS person WHERE person.person_id = changed.person_id
    UNION ALL
    SELECT bot.signed_up_on FROM analytics_bot AS bot WHERE bot.person_id = changed.person_id
    OFFSET 0
) AS signed_up
WHERE
    (changed.was IS NULL) <> (changed.became IS NULL)
    OR least(greatest(changed.was - signed_up.signed_up_on, -1), 90)
    <> least(greatest(changed.became - signed_up.signed_up_on, -1), 90)

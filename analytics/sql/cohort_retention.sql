-- Who of the people of each sign-up day was active on each day (metrics.md).
-- Row: one day and sign-up day of the workspace's zone with anybody active; where counting bots and test accounts in
-- makes a difference, a second one that holds the difference. Units: distinct people, counts.
-- A week of a person is 7 days from the sign-up day on. Whoever was active earlier in it is not first_of_week, so that
-- the seven days of a week add up to distinct people; that looks at the 6 days before each day.
-- People are looked up one by one, as in people.sql.
-- Parameters: workspace_id, date_start, date_end
WITH activity AS (
    SELECT
        person_id,
        date,
        excluded,
        posts_created,
        comments_created
    FROM user_activity_daily
    WHERE
        workspace_id = %(workspace_id)s
        AND date >= %(date_start)s AND date < %(date_end)s
        AND active_events > 0
),

-- Only of them the numbers with bots differ.
mixed AS (
    SELECT DISTINCT person_id
    FROM user_activity_daily
    WHERE
        workspace_id = %(workspace_id)s
        AND date >= %(date_start)s::date - 6 AND date < %(date_end)s
        AND excluded
),

counted AS (
    SELECT
        false AS bots,
        1 AS sign,
        person_id,
        date,
        posts_created,
        comments_created
    FROM activity
    WHERE NOT excluded
    UNION ALL
    SELECT
        true,
        -1,
        activity.person_id,
        activity.date,
        activity.posts_created,
        activity.comments_created
    FROM activity
    INNER JOIN mixed ON mixed.person_id = activity.person_id
    WHERE NOT activity.excluded
    UNION ALL
    SELECT
        true,
        1,
        activity.person_id,
        activity.date,
        sum(activity.posts_created),
        sum(activity.comments_created)
    FROM activity
    INNER JOIN mixed ON mixed.person_id = activity.person_id
    GROUP BY activity.person_id, activity.date
),

placed AS (
    SELECT
        counted.*,
        signed_up.signed_up_on,
        counted.date >= signed_up.signed_up_on
        AND NOT EXISTS (
            SELECT FROM user_activity_daily AS earlier
            WHERE
                earlier.person_id = counted.person_id
                AND earlier.workspace_id = %(workspace_id)s
                AND earlier.date >= counted.date - (counted.date - signed_up.signed_up_on) %% 7
                AND earlier.date < counted.date
                AND earlier.active_events > 0
                -- Of the three parts only the last counts bots in.
                AND (NOT earlier.excluded OR (counted.bots AND counted.sign = 1))
        ) AS is_first_of_week
    FROM counted
    CROSS JOIN LATERAL (
        SELECT person.signed_up_on FROM analytics_person AS person WHERE person.person_id = counted.person_id
        UNION ALL
        SELECT bot.signed_up_on FROM analytics_bot AS bot WHERE bot.person_id = counted.person_id
        OFFSET 0
    ) AS signed_up
)

INSERT INTO cohort_retention (
    workspace_id, date, signed_up_on, bots, active, first_of_week, posts_created, comments_created, calculated_at
)
SELECT
    %(workspace_id)s,
    date,
    signed_up_on,
    bots,
    sum(sign),
    coalesce(sum(sign) FILTER (WHERE is_first_of_week), 0),
    sum(sign * posts_created),
    sum(sign * comments_created),
    now()
FROM placed
GROUP BY date, signed_up_on, bots
HAVING
    NOT bots
    OR sum(sign) <> 0 OR coalesce(sum(sign) FILTER (WHERE is_first_of_week), 0) <> 0
    OR sum(sign * posts_created) <> 0 OR sum(sign * comments_created) <> 0

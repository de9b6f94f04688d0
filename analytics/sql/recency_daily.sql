-- How recently people were seen: changes of a day in the number of people by the day they were last seen (any event, or
-- their sign-up) and last did a content act. Adding up all changes to a day tells how many people had their last on each
-- of the days before, and so how many are idle for any number of days, without a row for each idle person and day.
-- Row: one day and the day that became (+) or ceased to be (-) somebody's last. Units: people.
-- Only people who have signed up by then; what they did before comes in on the day they sign up. The day before is
-- looked up for 180 days: nothing asks for longer.
-- People are looked up one by one, as in people.sql.
-- Parameters: workspace_id, date_start, date_end, time_zone, content_acts
WITH act AS MATERIALIZED (
    SELECT *
    FROM jsonb_to_recordset(%(content_acts)s::jsonb) AS act (
        since date, until date, posts integer, comments integer, votes integer, collections integer,
        community_posts integer, likes integer
    )
),

present AS MATERIALIZED (
    SELECT
        activity.person_id,
        activity.date,
        person.signed_up_on,
        (person.first_seen_at AT TIME ZONE %(time_zone)s)::date AS first_seen_on,
        act.posts * activity.posts_created + act.comments * activity.comments_created
        + act.votes * activity.votes_given + act.collections * activity.collections_created
        + act.community_posts * activity.community_posts + act.likes * activity.likes_given > 0 AS acted
    FROM user_activity_daily AS activity
    CROSS JOIN LATERAL (
        SELECT known.signed_up_on, known.first_seen_at
        FROM analytics_person AS known
        WHERE known.person_id = activity.person_id
        LIMIT 1
    ) AS person
    INNER JOIN act ON activity.date >= act.since AND activity.date < act.until
    WHERE
        activity.workspace_id = %(workspace_id)s
        AND activity.date >= %(date_start)s AND activity.date < %(date_end)s
        AND NOT activity.excluded AND activity.events > 0
        AND activity.date >= person.signed_up_on
    UNION ALL
    -- Signed up without an event on the day, such as by a trait.
    SELECT
        person.person_id,
        person.signed_up_on,
        person.signed_up_on,
        (person.first_seen_at AT TIME ZONE %(time_zone)s)::date,
        false
    FROM analytics_person AS person
    WHERE
        person.workspace_id = %(workspace_id)s
        AND person.signed_up_on >= %(date_start)s AND person.signed_up_on < %(date_end)s
        AND NOT EXISTS (
            SELECT FROM user_activity_daily AS activity
            WHERE
                activity.person_id = person.person_id AND activity.date = person.signed_up_on
                AND NOT activity.excluded AND activity.events > 0
        )
),

seen AS (
    SELECT
        *,
        lag(date) OVER (PARTITION BY person_id ORDER BY date) AS date_before
    FROM present
),

acted AS (
    SELECT
        *,
        lag(date) OVER (PARTITION BY person_id ORDER BY date) AS date_before
    FROM present
    WHERE acted
),

change AS (
    SELECT
        date,
        date AS last_on,
        count(*) AS seen,
        count(*) FILTER (WHERE acted) AS acted
    FROM present
    GROUP BY 1
    UNION ALL
    SELECT
        seen.date,
        coalesce(seen.date_before, greatest(earlier.date, seen.signed_up_on)),
        -1,
        0
    FROM seen
    LEFT JOIN LATERAL (
        SELECT activity.date
        FROM user_activity_daily AS activity
        WHERE
            seen.date_before IS NULL
            AND activity.person_id = seen.person_id AND activity.workspace_id = %(workspace_id)s
            AND activity.date < seen.date AND activity.date >= seen.date - 180
            AND activity.date > seen.signed_up_on
            AND NOT activity.excluded AND activity.events > 0
        ORDER BY activity.date DESC
        LIMIT 1
    ) AS earlier ON true
    WHERE seen.date > seen.signed_up_on
    UNION ALL
    SELECT
        acted.date,
        coalesce(acted.date_before, earlier.date),
        0,
        -1
    FROM acted
    LEFT JOIN LATERAL (
        SELECT activity.date
        FROM user_activity_daily AS activity
        INNER JOIN act ON activity.date >= act.since AND activity.date < act.until
        WHERE
            acted.date_before IS NULL
            AND activity.person_id = acted.person_id AND activity.workspace_id = %(workspace_id)s
            AND activity.date < acted.date AND activity.date >= acted.date - 180
            AND NOT activity.excluded AND activity.events > 0
            AND act.posts * activity.posts_created + act.comments * activity.comments_created
            + act.votes * activity.votes_given + act.collections * activity.collections_created
            + act.community_posts * activity.community_posts + act.likes * activity.likes_given > 0
        ORDER BY activity.date DESC
        LIMIT 1
    ) AS earlier ON true
    WHERE acted.date > acted.signed_up_on
    UNION ALL
    -- Acts of before the sign-up.
    SELECT
        present.date,
        earlier.date,
        0,
        1
    FROM present
    CROSS JOIN LATERAL (
        SELECT activity.date
        FROM user_activity_daily AS activity
        INNER JOIN act ON activity.date >= act.since AND activity.date < act.until
        WHERE
            present.first_seen_on < present.signed_up_on
            AND activity.person_id = present.person_id AND activity.workspace_id = %(workspace_id)s
            AND activity.date < present.date AND activity.date >= present.date - 180
            AND NOT activity.excluded AND activity.events > 0
            AND act.posts * activity.posts_created + act.comments * activity.comments_created
            + act.votes * activity.votes_given + act.collections * activity.collections_created
            + act.community_posts * activity.community_posts + act.likes * activity.likes_given > 0
        ORDER BY activity.date DESC
        LIMIT 1
    ) AS earlier
    WHERE present.date = present.signed_up_on AND NOT present.acted
)

INSERT INTO recency_daily (workspace_id, date, last_on, seen, acted, calculated_at)
SELECT
    %(workspace_id)s,
    date,
    last_on,
    sum(seen),
    sum(acted),
    now()
FROM change
WHERE last_on >= date - 180
GROUP BY date, last_on
HAVING sum(seen) <> 0 OR sum(acted) <> 0

-- People by how much they did on a day (metrics.md).
-- Row: one day on which any of it is not 0; bots and test accounts left out. Units: people; inactive ones, of those who
-- have signed up, as the change from the day before.
-- People are looked up one by one, as in people.sql.
-- Parameters: workspace_id, date_start, date_end, engagement_level
WITH level AS MATERIALIZED (
    SELECT *
    FROM jsonb_to_recordset(%(engagement_level)s::jsonb) AS level (
        since date, until date, posts integer, comments integer, votes integer, collections integer,
        power_user integer, active integer
    )
),

did AS (
    SELECT
        activity.date,
        activity.posts_created + activity.comments_created + activity.votes_given + activity.collections_created AS acts,
        level.posts * activity.posts_created + level.comments * activity.comments_created
        + level.votes * activity.votes_given + level.collections * activity.collections_created AS score,
        level.power_user,
        level.active,
        person.signed_up_on <= activity.date AS signed_up
    FROM user_activity_daily AS activity
    INNER JOIN level ON activity.date >= level.since AND activity.date < level.until
    LEFT JOIN LATERAL (
        SELECT known.signed_up_on
        FROM analytics_person AS known
        WHERE known.person_id = activity.person_id
        LIMIT 1
    ) AS person ON true
    WHERE
        activity.workspace_id = %(workspace_id)s
        AND activity.date >= %(date_start)s::date - 1 AND activity.date < %(date_end)s
        AND NOT activity.excluded AND activity.active_events > 0
),

levels AS (
    SELECT
        date,
        count(*) FILTER (WHERE score >= power_user) AS power_users,
        count(*) FILTER (WHERE score >= active AND score < power_user) AS active,
        count(*) FILTER (WHERE score < active AND score < power_user AND acts > 0) AS casual,
        count(*) FILTER (WHERE score < active AND score < power_user AND acts = 0) AS lurkers,
        count(*) FILTER (WHERE signed_up) AS members
    FROM did
    GROUP BY 1
),

signups AS (
    SELECT
        signed_up_on AS date,
        count(*) AS signups
    FROM analytics_person
    WHERE workspace_id = %(workspace_id)s AND signed_up_on >= %(date_start)s AND signed_up_on < %(date_end)s
    GROUP BY 1
),

figure AS (
    SELECT
        day.date,
        coalesce(levels.power_users, 0) AS power_users,
        coalesce(levels.active, 0) AS active,
        coalesce(levels.casual, 0) AS casual,
        coalesce(levels.lurkers, 0) AS lurkers,
        coalesce(signups.signups, 0) - coalesce(levels.members, 0)
        + coalesce(lag(levels.members) OVER (ORDER BY day.date), 0) AS inactive_change
    FROM (
        SELECT generate_series(%(date_start)s::date - 1, %(date_end)s::date - 1, interval '1 day')::date AS date
    ) AS day
    LEFT JOIN levels ON levels.date = day.date
    LEFT JOIN signups ON signups.date = day.date
)

INSERT INTO engagement_level_daily (
    workspace_id, date, power_users, active, casual, lurkers, inactive_change, calculated_at
)
SELECT
    %(workspace_id)s,
    figure.*,
    now()
FROM figure
WHERE
    date >= %(date_start)s
    AND (power_users <> 0 OR active <> 0 OR casual <> 0 OR lurkers <> 0 OR inactive_change <> 0)

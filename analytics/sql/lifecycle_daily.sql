-- People by lifecycle and by segment at the end of each day (metrics.md).
-- Row: one day on which any of it is not 0; people who have signed up by then, without bots and test accounts.
-- Units: people; churned and lost as the change from the day before, since nobody who is idle for good is looked at again.
-- Whoever is idle is counted from recency_daily. Only the segments of the week need each person: their active days and
-- acts of 7 days change on a day of activity, again 7 days later, and on no other day.
-- Parameters: workspace_id, date_start, date_end, lifecycle, segments, content_acts
WITH day AS MATERIALIZED (
    SELECT
        day.date,
        stage.churned_after,
        stage.dormant_after,
        stage.engaged_within,
        stage.new_within,
        segment.at_risk_after,
        segment.lost_after
    FROM (
        SELECT generate_series(%(date_start)s::date - 1, %(date_end)s::date - 1, interval '1 day')::date AS date
    ) AS day
    INNER JOIN jsonb_to_recordset(%(lifecycle)s::jsonb) AS stage (
        since date, until date, churned_after integer, dormant_after integer, engaged_within integer,
        new_within integer
    ) ON day.date >= stage.since AND day.date < stage.until
    INNER JOIN jsonb_to_recordset(%(segments)s::jsonb) AS segment (
        since date, until date, at_risk_after integer, lost_after integer
    ) ON day.date >= segment.since AND day.date < segment.until
),

week AS MATERIALIZED (
    SELECT *
    FROM jsonb_to_recordset(%(segments)s::jsonb) AS week (
        since date, until date, power_acts integer, active_acts integer
    )
),

act AS MATERIALIZED (
    SELECT *
    FROM jsonb_to_recordset(%(content_acts)s::jsonb) AS act (
        since date, until date, posts integer, comments integer, votes integer, collections integer,
        community_posts integer, likes integer
    )
),

recent AS (
    SELECT
        day.date,
        sum(recency.seen) FILTER (WHERE recency.last_on >= day.date - day.churned_after) AS not_churned,
        sum(recency.seen) FILTER (WHERE recency.last_on >= day.date - day.dormant_after) AS lively,
        sum(recency.acted) FILTER (WHERE recency.last_on > day.date - day.engaged_within) AS engaged,
        sum(recency.seen) FILTER (WHERE recency.last_on > day.date - day.lost_after) AS not_lost,
        sum(recency.seen) FILTER (WHERE recency.last_on > day.date - day.at_risk_after) AS safe
    FROM day
    LEFT JOIN recency_daily AS recency
        ON
            recency.workspace_id = %(workspace_id)s
            -- No threshold is longer; the days by themselves would have the planner read the whole history.
            AND recency.date >= %(date_start)s::date - 181 AND recency.date < %(date_end)s
            AND recency.date <= day.date
            AND recency.date >= day.date - greatest(day.churned_after, day.lost_after)
            AND recency.last_on >= day.date - greatest(day.churned_after, day.lost_after)
    GROUP BY 1
),

-- One look at each newcomer, however many days of the range ask: the days of their content acts, null without any.
newcomer AS MATERIALIZED (
    SELECT
        person.signed_up_on,
        acted.dates
    FROM analytics_person AS person
    CROSS JOIN LATERAL (
        SELECT array_agg(activity.date) AS dates
        FROM user_activity_daily AS activity
        INNER JOIN act ON activity.date >= act.since AND activity.date < act.until
        WHERE
            activity.person_id = person.person_id AND activity.workspace_id = %(workspace_id)s
            AND activity.date > %(date_start)s::date - 1 - (SELECT max(engaged_within) FROM day)
            AND activity.date < %(date_end)s
            AND NOT activity.excluded AND activity.events > 0
            AND act.posts * activity.posts_created + act.comments * activity.comments_created
            + act.votes * activity.votes_given + act.collections * activity.collections_created
            + act.community_posts * activity.community_posts + act.likes * activity.likes_given > 0
    ) AS acted
    WHERE
        person.workspace_id = %(workspace_id)s
        AND person.signed_up_on >= %(date_start)s::date - 1 - (SELECT max(new_within) FROM day)
        AND person.signed_up_on < %(date_end)s
),

newcomers AS (
    SELECT
        day.date,
        count(*) FILTER (WHERE newcomer.signed_up_on = day.date) AS signups,
        count(*) FILTER (
            WHERE newcomer.dates IS NULL OR NOT EXISTS (
                SELECT
                FROM unnest(newcomer.dates) AS acted (date)
                WHERE acted.date > day.date - day.engaged_within AND acted.date <= day.date
            )
        ) AS new
    FROM day
    INNER JOIN newcomer
        ON newcomer.signed_up_on <= day.date AND newcomer.signed_up_on >= day.date - day.new_within
    GROUP BY 1
),

did AS NOT MATERIALIZED (
    SELECT
        activity.person_id,
        person.signed_up_on,
        activity.date,
        (activity.active_events > 0)::integer AS days,
        act.posts * activity.posts_created + act.comments * activity.comments_created
        + act.votes * activity.votes_given + act.collections * activity.collections_created
        + act.community_posts * activity.community_posts + act.likes * activity.likes_given AS acts
    FROM user_activity_daily AS activity
    INNER JOIN analytics_person AS person ON person.person_id = activity.person_id
    INNER JOIN act ON activity.date >= act.since AND activity.date < act.until
    WHERE
        activity.workspace_id = %(workspace_id)s
        AND activity.date >= %(date_start)s::date - 6 AND activity.date < %(date_end)s
        AND NOT activity.excluded AND activity.active_events > 0
),

change AS (
    SELECT
        person_id,
        greatest(date, signed_up_on, %(date_start)s::date) AS date,
        sum(days) AS days,
        sum(acts) AS acts
    FROM (
        SELECT did.person_id, did.signed_up_on, moved.date, moved.days, moved.acts
        FROM did
        CROSS JOIN LATERAL (
            VALUES (did.date, did.days, did.acts), (did.date + 7, -did.days, -did.acts)
        ) AS moved (date, days, acts)
        UNION ALL
        -- Thresholds may change without the person.
        SELECT DISTINCT did.person_id, did.signed_up_on, week.since, 0, 0
        FROM did
        INNER JOIN week ON week.since > %(date_start)s AND week.since < %(date_end)s
    ) AS moved
    GROUP BY 1, 2
    HAVING greatest(date, signed_up_on, %(date_start)s::date) < %(date_end)s
),

weekly AS (
    SELECT
        person_id,
        date,
        sum(days) OVER person AS days,
        sum(acts) OVER person AS acts
    FROM change
    WINDOW person AS (PARTITION BY person_id ORDER BY date)
),

ranked AS (
    SELECT
        weekly.person_id,
        weekly.date,
        (weekly.days = 7 AND weekly.acts >= week.power_acts)::integer AS power,
        (
            weekly.days > 0 AND weekly.acts >= week.active_acts
            AND NOT (weekly.days = 7 AND weekly.acts >= week.power_acts)
        )::integer AS active
    FROM weekly
    INNER JOIN week ON weekly.date >= week.since AND weekly.date < week.until
),

steps AS (
    SELECT
        date,
        power - lag(power, 1, 0) OVER person AS power,
        active - lag(active, 1, 0) OVER person AS active
    FROM ranked
    WINDOW person AS (PARTITION BY person_id ORDER BY date)
),

best AS (
    SELECT
        date,
        sum(sum(power)) OVER (ORDER BY date) AS power,
        sum(sum(active)) OVER (ORDER BY date) AS active
    FROM (
        SELECT date, power, active FROM steps WHERE power <> 0 OR active <> 0
        UNION ALL
        SELECT date, 0, 0 FROM day
    ) AS step
    GROUP BY date
),

figure AS (
    SELECT
        day.date,
        coalesce(recent.engaged, 0) AS engaged,
        coalesce(newcomers.new, 0) AS new,
        coalesce(recent.lively, 0) - coalesce(recent.engaged, 0) - coalesce(newcomers.new, 0) AS registered,
        coalesce(recent.not_churned, 0) - coalesce(recent.lively, 0) AS dormant,
        coalesce(newcomers.signups, 0) - coalesce(recent.not_churned, 0)
        + coalesce(lag(recent.not_churned) OVER (ORDER BY day.date), 0) AS churned_change,
        best.power,
        best.active,
        coalesce(recent.safe, 0) - best.power - best.active AS casual,
        coalesce(recent.not_lost, 0) - coalesce(recent.safe, 0) AS at_risk,
        coalesce(newcomers.signups, 0) - coalesce(recent.not_lost, 0)
        + coalesce(lag(recent.not_lost) OVER (ORDER BY day.date), 0) AS lost_change
    FROM day
    INNER JOIN recent ON recent.date = day.date
    INNER JOIN best ON best.date = day.date
    LEFT JOIN newcomers ON newcomers.date = day.date
)

INSERT INTO lifecycle_daily (
    workspace_id, date, engaged, new, registered, dormant, churned_change, power, active, casual, at_risk, lost_change,
    calculated_at
)
SELECT
    %(workspace_id)s,
    figure.*,
    now()
FROM figure
WHERE
    date >= %(date_start)s
    AND (
        engaged <> 0 OR new <> 0 OR registered <> 0 OR dormant <> 0 OR churned_change <> 0 OR at_risk <> 0
        OR lost_change <> 0
    )

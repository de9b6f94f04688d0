-- Engagement score of each person by day (metrics.md 1).
-- Row: one person and day on which the score can change: active that day or 30 days before, when it leaves the window,
-- or with another number of followers. It holds until the next. Units: points, people, days.
-- Parameters: workspace_id, date_start, date_end, engagement_score
WITH moment AS (
    SELECT person_id, date
    FROM user_activity_daily
    WHERE
        workspace_id = %(workspace_id)s
        AND date >= %(date_start)s AND date < %(date_end)s
        AND NOT excluded AND events > 0
    UNION ALL
    SELECT person_id, date + 30
    FROM user_activity_daily
    WHERE
        workspace_id = %(workspace_id)s
        AND date >= %(date_start)s::date - 30 AND date < %(date_end)s::date - 30
        AND NOT excluded AND events > 0
    UNION ALL
    SELECT person_id, date
    FROM follow_count_daily
    WHERE workspace_id = %(workspace_id)s AND date >= %(date_start)s AND date < %(date_end)s
),

day AS (
    SELECT
        activity.person_id,
        activity.date,
        activity.posts_created + activity.community_posts AS posts,
        activity.likes_given AS likes,
        activity.comments_created AS comments,
        activity.messages_sent AS messages,
        activity.follows_made AS follows,
        (activity.active_events > 0)::integer AS active
    FROM user_activity_daily AS activity
    WHERE
        activity.workspace_id = %(workspace_id)s
        AND activity.date >= %(date_start)s::date - 29 AND activity.date < %(date_end)s
        AND NOT activity.excluded AND activity.events > 0
        AND activity.person_id IN (SELECT person_id FROM moment)
    UNION ALL
    SELECT person_id, date, 0, 0, 0, 0, 0, 0 FROM moment
),

-- Whole numbers: the sums of a month over bigints would be numerics, which cost thrice as much.
one AS (
    SELECT
        person_id,
        date,
        sum(posts)::integer AS posts,
        sum(likes)::integer AS likes,
        sum(comments)::integer AS comments,
        sum(messages)::integer AS messages,
        sum(follows)::integer AS follows,
        sum(active)::integer AS active
    FROM day
    GROUP BY 1, 2
),

summed AS (
    SELECT
        person_id,
        date,
        active > 0 AS is_active,
        sum(posts) OVER month AS posts,
        sum(likes) OVER month AS likes,
        sum(comments) OVER month AS comments,
        sum(messages) OVER month AS messages,
        sum(follows) OVER month AS follows,
        sum(active) OVER month AS active_days
    FROM one
    WINDOW month AS (
        PARTITION BY person_id ORDER BY date RANGE BETWEEN interval '29 days' PRECEDING AND CURRENT ROW
    )
),

standing AS (
    SELECT
        summed.person_id,
        summed.date,
        summed.is_active,
        summed.active_days,
        coalesce(follow.followers, 0) AS followers,
        coalesce(follow.following, 0) AS following,
        weight.per_post * summed.posts + weight.per_like * summed.likes + weight.per_comment * summed.comments
        + weight.per_message * summed.messages + weight.per_follow * summed.follows AS reach_points,
        CASE
            WHEN follow.following > 0
                THEN least(weight.per_ratio * follow.followers / follow.following, weight.most)
            ELSE least(weight.per_follower * coalesce(follow.followers, 0), weight.most)
        END AS standing_points,
        weight.reach_weight,
        weight.standing_weight,
        weight.days_weight
    FROM summed
    JOIN jsonb_to_recordset(%(engagement_score)s::jsonb) AS weight (
        since date, until date,
        reach_weight numeric, standing_weight numeric, days_weight numeric,
        per_post numeric, per_like numeric, per_comment numeric, per_message numeric, per_follow numeric,
        per_ratio numeric, per_follower numeric, most numeric
    ) ON summed.date >= weight.since AND summed.date < weight.until
    -- By the person alone: with the workspace in it the planner would rather go back through all days of everybody.
    LEFT JOIN LATERAL (
        SELECT count.workspace_id, count.followers, count.following
        FROM follow_count_daily AS count
        WHERE count.person_id = summed.person_id AND count.date <= summed.date
        ORDER BY count.date DESC
        LIMIT 1
    ) AS follow ON follow.workspace_id = %(workspace_id)s
    WHERE summed.date >= %(date_start)s
)

INSERT INTO user_engagement_daily (
    workspace_id, person_id, date, is_active, reach_points, followers, following, standing_points, active_days,
    engagement_score, calculated_at
)
SELECT
    %(workspace_id)s,
    person_id,
    date,
    is_active,
    reach_points,
    followers,
    following,
    standing_points,
    active_days,
    reach_weight * reach_points + standing_weight * standing_points + days_weight * active_days,
    now()
FROM standing

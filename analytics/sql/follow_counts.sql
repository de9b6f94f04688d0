-- How many people follow a person, and how many the person follows (metrics.md 1).
-- Row: one person and day on which either changed; both as the day ends. The rows of the range stand on the person's
-- row before it; what they end with otherwise than they did is added to the person's rows after it, and to those of
-- user_engagement_daily, whose scores follow.
-- Returns the days after the range on which the score of anybody active has changed.
-- Parameters: workspace_id, date_start, date_end, engagement_score
WITH delta AS (
    SELECT person_id, date, sum(followers) AS followers, sum(following) AS following
    FROM (
        SELECT followed_id AS person_id, date, change AS followers, 0 AS following
        FROM analytics_follow
        WHERE workspace_id = %(workspace_id)s AND date >= %(date_start)s AND date < %(date_end)s AND change <> 0
        UNION ALL
        SELECT follower_id, date, 0, change
        FROM analytics_follow
        WHERE workspace_id = %(workspace_id)s AND date >= %(date_start)s AND date < %(date_end)s AND change <> 0
    ) AS change
    GROUP BY 1, 2
    HAVING sum(followers) <> 0 OR sum(following) <> 0
),

old AS (
    SELECT person_id, date, followers, following
    FROM follow_count_daily
    WHERE workspace_id = %(workspace_id)s AND date >= %(date_start)s AND date < %(date_end)s
),

person AS (
    SELECT
        person.person_id,
        coalesce(before.followers, 0) AS followers,
        coalesce(before.following, 0) AS following
    FROM (
        SELECT person_id FROM delta
        UNION
        SELECT person_id FROM old
    ) AS person
    LEFT JOIN LATERAL (
        SELECT one.workspace_id, one.followers, one.following
        FROM follow_count_daily AS one
        WHERE one.person_id = person.person_id AND one.date < %(date_start)s
        ORDER BY one.date DESC
        LIMIT 1
    ) AS before ON before.workspace_id = %(workspace_id)s
),

fresh AS (
    SELECT
        person_id,
        delta.date,
        person.followers + sum(delta.followers) OVER days AS followers,
        person.following + sum(delta.following) OVER days AS following
    FROM delta
    JOIN person USING (person_id)
    WINDOW days AS (PARTITION BY person_id ORDER BY delta.date)
),

shift AS (
    SELECT
        person_id,
        coalesce(now_last.followers, person.followers) - coalesce(old_last.followers, person.followers) AS followers,
        coalesce(now_last.following, person.following) - coalesce(old_last.following, person.following) AS following
    FROM person
    LEFT JOIN (SELECT DISTINCT ON (person_id) * FROM fresh ORDER BY person_id, date DESC) AS now_last USING (person_id)
    LEFT JOIN (SELECT DISTINCT ON (person_id) * FROM old ORDER BY person_id, date DESC) AS old_last USING (person_id)
),

gone AS (
    DELETE FROM follow_count_daily AS count
    USING old
    WHERE
        count.person_id = old.person_id AND count.date = old.date
        AND NOT EXISTS (SELECT FROM fresh WHERE fresh.person_id = old.person_id AND fresh.date = old.date)
),

written AS (
    INSERT INTO follow_count_daily (workspace_id, person_id, date, followers, following)
    SELECT %(workspace_id)s, person_id, date, followers, following
    FROM fresh
    ON CONFLICT (person_id, date) DO UPDATE SET followers = excluded.followers, following = excluded.following
),

moved AS (
    UPDATE follow_count_daily AS count
    SET followers = count.followers + shift.followers, following = count.following + shift.following
    FROM shift
    WHERE
        count.workspace_id = %(workspace_id)s
        AND count.person_id = shift.person_id AND count.date >= %(date_end)s
        AND (shift.followers <> 0 OR shift.following <> 0)
),

standing AS (
    SELECT
        score.person_id,
        score.date,
        score.followers + shift.followers AS followers,
        score.following + shift.following AS following,
        -- The same as in user_engagement_daily.sql.
        CASE
            WHEN score.following + shift.following > 0
                THEN least(
                    weight.per_ratio * (score.followers + shift.followers) / (score.following + shift.following),
                    weight.most
                )
            ELSE least(weight.per_follower * (score.followers + shift.followers), weight.most)
        END AS standing_points,
        weight.reach_weight * score.reach_points + weight.days_weight * score.active_days AS other,
        weight.standing_weight
    FROM shift
    JOIN user_engagement_daily AS score ON score.person_id = shift.person_id AND score.date >= %(date_end)s
    JOIN jsonb_to_recordset(%(engagement_score)s::jsonb) AS weight (
        since date, until date,
        reach_weight numeric, standing_weight numeric, days_weight numeric,
        per_ratio numeric, per_follower numeric, most numeric
    ) ON score.date >= weight.since AND score.date < weight.until
    WHERE score.workspace_id = %(workspace_id)s AND (shift.followers <> 0 OR shift.following <> 0)
),

scored AS (
    UPDATE user_engagement_daily AS score
    SET
        followers = standing.followers,
        following = standing.following,
        standing_points = standing.standing_points,
        engagement_score = standing.other + standing.standing_weight * standing.standing_points,
        calculated_at = now()
    FROM standing
    WHERE score.person_id = standing.person_id AND score.date = standing.date
    RETURNING score.date, score.is_active
)

SELECT DISTINCT date FROM scored WHERE is_active

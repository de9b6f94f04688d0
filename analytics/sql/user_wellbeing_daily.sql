-- Flourish and add-value index of each person by day, with their parts (metrics.md 6).
-- Row: one person and day with wellbeing activity, a part in a wave, a post or an interaction given (like, comment or
-- share), bots and test accounts apart. Units: points, days.
-- The streak counts in the flourish index with its days before this one, the day's own session being in the mood.
-- Parameters: workspace_id, date_start, date_end, flourish_index, add_value_index
WITH f AS (
    SELECT *
    FROM jsonb_to_recordset(%(flourish_index)s::jsonb) AS f (
        since date, until date,
        mood_weight numeric, acts_weight numeric, community_weight numeric, streak_weight numeric,
        mood_base numeric, per_mood_point numeric, per_micro_act numeric, per_post numeric, per_interaction numeric,
        for_wave numeric, per_streak_day numeric, own_day_in_streak boolean, most numeric
    )
),

v AS (
    SELECT *
    FROM jsonb_to_recordset(%(add_value_index)s::jsonb) AS v (
        since date, until date,
        benefit_weight numeric, sharing_weight numeric, wave_weight numeric,
        per_act_for_others numeric, per_value_point numeric, per_interaction numeric, per_shared_act numeric,
        for_wave numeric, for_discussion numeric, for_wave_share numeric, most numeric
    )
),

social AS (
    SELECT
        person_id,
        date,
        excluded,
        posts_created AS posts,
        likes_given + comments_created + shares AS interactions
    FROM user_activity_daily
    WHERE
        workspace_id = %(workspace_id)s
        AND date >= %(date_start)s AND date < %(date_end)s
        AND (posts_created > 0 OR likes_given > 0 OR comments_created > 0 OR shares > 0)
),

practised AS (
    SELECT
        person_id,
        date,
        excluded,
        start_mood,
        end_mood,
        micro_acts,
        acts_for_others,
        value_score_sum,
        micro_acts_shared
    FROM wellbeing_activity_daily
    WHERE workspace_id = %(workspace_id)s AND date >= %(date_start)s AND date < %(date_end)s
),

waved AS (
    SELECT
        wave.person_id,
        wave.date,
        wave.excluded,
        bool_or(wave.joined) AS joined,
        -- Of several waves the one worth most.
        max(
            v.for_wave
            + CASE WHEN wave.discussed THEN v.for_discussion ELSE 0 END
            + CASE WHEN wave.micro_acts_shared > 0 THEN v.for_wave_share ELSE 0 END
        ) FILTER (WHERE wave.joined) AS points
    FROM wave_activity_daily AS wave
    JOIN v ON wave.date >= v.since AND wave.date < v.until
    WHERE
        wave.workspace_id = %(workspace_id)s
        AND wave.date >= %(date_start)s AND wave.date < %(date_end)s
    GROUP BY 1, 2, 3
),

run AS (
    SELECT person_id, excluded, started_on, ended_on
    FROM analytics_streak
    WHERE
        workspace_id = %(workspace_id)s
        AND daterange(started_on, ended_on, '[]') && daterange(%(date_start)s, %(date_end)s)
),

parts AS (
    SELECT
        person_id,
        date,
        excluded,
        (practised.end_mood - practised.start_mood)::numeric AS mood_shift,
        coalesce(practised.micro_acts, 0) AS micro_acts,
        coalesce(practised.acts_for_others, 0) AS acts_for_others,
        coalesce(practised.value_score_sum, 0)::numeric AS value_score_sum,
        coalesce(practised.micro_acts_shared, 0) AS micro_acts_shared,
        coalesce(social.posts, 0) AS posts,
        coalesce(social.interactions, 0) AS interactions,
        coalesce(waved.joined, false) AS in_wave,
        waved.points AS wave_points
    FROM practised
    FULL JOIN social USING (person_id, date, excluded)
    FULL JOIN waved USING (person_id, date, excluded)
),

streaked AS (
    SELECT parts.*, coalesce(parts.date - run.started_on + 1, 0) AS streak
    FROM parts
    LEFT JOIN run
        ON
            run.person_id = parts.person_id
            AND run.excluded = parts.excluded
            AND parts.date BETWEEN run.started_on AND run.ended_on
),

scored AS (
    SELECT
        one.person_id,
        one.date,
        one.excluded,
        one.streak,
        least(coalesce((one.mood_shift + f.mood_base) * f.per_mood_point, 0), f.most) AS m,
        least(f.per_micro_act * one.micro_acts, f.most) AS a,
        least(
            f.per_post * one.posts + f.per_interaction * one.interactions
            + CASE WHEN one.in_wave THEN f.for_wave ELSE 0 END,
            f.most
        ) AS c,
        least(f.per_streak_day * greatest(one.streak - (NOT f.own_day_in_streak)::integer, 0), f.most) AS k,
        least(
            v.per_act_for_others * one.acts_for_others
            -- The mean value score of the acts; 0 where there are none.
            + coalesce(v.per_value_point * one.value_score_sum / nullif(one.acts_for_others, 0), 0),
            v.most
        ) AS b,
        least(v.per_interaction * one.interactions + v.per_shared_act * one.micro_acts_shared, v.most) AS s,
        least(coalesce(one.wave_points, 0), v.most) AS w,
        f.mood_weight,
        f.acts_weight,
        f.community_weight,
        f.streak_weight,
        v.benefit_weight,
        v.sharing_weight,
        v.wave_weight
    FROM streaked AS one
    JOIN f ON one.date >= f.since AND one.date < f.until
    JOIN v ON one.date >= v.since AND one.date < v.until
)

INSERT INTO user_wellbeing_daily (
    workspace_id, person_id, date, excluded, streak,
    mood_points, acts_points, community_points, streak_points, flourish_index,
    benefit_points, sharing_points, wave_points, add_value_index, calculated_at
)
SELECT
    %(workspace_id)s,
    person_id,
    date,
    excluded,
    streak,
    m,
    a,
    c,
    k,
    round(mood_weight * m + acts_weight * a + community_weight * c + streak_weight * k, 2),
    b,
    s,
    w,
    round(benefit_weight * b + sharing_weight * s + wave_weight * w, 2),
    now()
FROM scored

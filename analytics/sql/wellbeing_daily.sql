-- Wellbeing of the whole workspace by day (metrics.md 6).
-- Row: one day on which anybody has a flourish index; without bots and test accounts and, only where those have one,
-- once more with them. Units: people, sessions, acts, points, days. Each source is added up before they meet.
-- Parameters: workspace_id, date_start, date_end
WITH audience AS (
    SELECT false AS with_bots
    UNION ALL
    SELECT true
),

scored AS (
    SELECT
        audience.with_bots,
        date,
        bool_or(excluded) AS has_bots,
        count(DISTINCT person_id) AS wellbeing_people,
        sum(flourish_index) AS flourish_sum,
        sum(add_value_index) AS add_value_sum,
        count(DISTINCT person_id) FILTER (WHERE streak > 0) AS streak_people,
        sum(streak) AS streak_sum
    FROM user_wellbeing_daily
    INNER JOIN audience ON audience.with_bots OR NOT excluded
    WHERE workspace_id = %(workspace_id)s AND date >= %(date_start)s AND date < %(date_end)s
    GROUP BY 1, 2
),

practised AS (
    SELECT
        audience.with_bots,
        date,
        sum(activations_started) AS activations_started,
        sum(activations_completed) AS activations_completed,
        sum(activations_all_rounds) AS activations_all_rounds,
        sum(mood_shifts) AS mood_shifts,
        sum(mood_shift_sum) AS mood_shift_sum,
        sum(micro_acts) AS micro_acts,
        sum(acts_for_others) AS acts_for_others,
        sum(micro_acts_shared) AS micro_acts_shared
    FROM wellbeing_activity_daily
    INNER JOIN audience ON audience.with_bots OR NOT excluded
    WHERE workspace_id = %(workspace_id)s AND date >= %(date_start)s AND date < %(date_end)s
    GROUP BY 1, 2
),

waved AS (
    SELECT
        audience.with_bots,
        date,
        sum(ratings) AS wave_ratings,
        sum(rating_sum) AS wave_rating_sum,
        sum(energy_boosts) AS energy_boosts,
        sum(energy_boost_sum) AS energy_boost_sum
    FROM wave_activity_daily
    INNER JOIN audience ON audience.with_bots OR NOT excluded
    WHERE workspace_id = %(workspace_id)s AND date >= %(date_start)s AND date < %(date_end)s
    GROUP BY 1, 2
)

INSERT INTO wellbeing_daily (
    workspace_id, date, with_bots, wellbeing_people, flourish_sum, add_value_sum, streak_people, streak_sum,
    activations_started, activations_completed, activations_all_rounds, mood_shifts, mood_shift_sum,
    micro_acts, acts_for_others, micro_acts_shared,
    wave_ratings, wave_rating_sum, energy_boosts, energy_boost_sum, calculated_at
)
SELECT
    %(workspace_id)s,
    date,
    with_bots,
    scored.wellbeing_people,
    scored.flourish_sum,
    scored.add_value_sum,
    scored.streak_people,
    scored.streak_sum,
    coalesce(practised.activations_started, 0),
    coalesce(practised.activations_completed, 0),
    coalesce(practised.activations_all_rounds, 0),
    coalesce(practised.mood_shifts, 0),
    coalesce(practised.mood_shift_sum, 0),
    coalesce(practised.micro_acts, 0),
    coalesce(practised.acts_for_others, 0),
    coalesce(practised.micro_acts_shared, 0),
    coalesce(waved.wave_ratings, 0),
    coalesce(waved.wave_rating_sum, 0),
    coalesce(waved.energy_boosts, 0),
    coalesce(waved.energy_boost_sum, 0),
    now()
FROM scored
LEFT JOIN practised USING (with_bots, date)
LEFT JOIN waved USING (with_bots, date)
WHERE NOT with_bots OR scored.has_bots

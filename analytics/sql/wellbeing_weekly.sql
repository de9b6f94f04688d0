-- Distinct people of a week in waves and activations (metrics.md 6).
-- Row: one row of platform_weekly, that is a week (from Monday, by its first day) with or without bots and test
-- accounts. Units: distinct people.
-- Parameters: workspace_id, date_start, date_end
WITH audience AS (
    SELECT false AS with_bots
    UNION ALL
    SELECT true
),

waved AS (
    SELECT
        audience.with_bots,
        date_trunc('week', date::timestamp)::date AS date,
        count(DISTINCT person_id) AS wave_people
    FROM wave_activity_daily
    INNER JOIN audience ON audience.with_bots OR NOT excluded
    WHERE workspace_id = %(workspace_id)s AND date >= %(date_start)s AND date < %(date_end)s AND joined
    GROUP BY 1, 2
),

practised AS (
    SELECT
        audience.with_bots,
        date_trunc('week', date::timestamp)::date AS date,
        count(DISTINCT person_id) AS streak_people
    FROM wellbeing_activity_daily
    INNER JOIN audience ON audience.with_bots OR NOT excluded
    WHERE
        workspace_id = %(workspace_id)s
        AND date >= %(date_start)s AND date < %(date_end)s
        AND activations_completed > 0
    GROUP BY 1, 2
)

INSERT INTO wellbeing_weekly (workspace_id, date, with_bots, wave_people, wau, streak_people, calculated_at)
SELECT
    %(workspace_id)s,
    week.date,
    week.with_bots,
    coalesce(waved.wave_people, 0),
    week.active_people,
    coalesce(practised.streak_people, 0),
    now()
FROM platform_weekly AS week
LEFT JOIN waved ON waved.date = week.date AND waved.with_bots = week.with_bots
LEFT JOIN practised ON practised.date = week.date AND practised.with_bots = week.with_bots
WHERE week.workspace_id = %(workspace_id)s AND week.date >= %(date_start)s AND week.date < %(date_end)s

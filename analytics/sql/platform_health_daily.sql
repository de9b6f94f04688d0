-- Waves against active people, and the health of the platform, by day (metrics.md 6).
-- Row: one row of platform_daily, that is a day with or without bots and test accounts. Units: distinct people,
-- points 0 to 100. All windows are the 7 days that end with the day; a quarter with nobody to tell of is null.
-- Parameters: workspace_id, date_start, date_end, platform_health
WITH target AS (
    SELECT *
    FROM jsonb_to_recordset(%(platform_health)s::jsonb) AS target (
        since date, until date, wau float, flourish float, wave_percent float, retention_percent float
    )
),

active AS (
    SELECT date, with_bots, wau
    FROM platform_daily
    WHERE workspace_id = %(workspace_id)s AND date >= %(date_start)s AND date < %(date_end)s
),

audience AS (
    SELECT false AS with_bots
    UNION ALL
    SELECT true
),

part AS (
    SELECT audience.with_bots, person_id, wave_id, date, bool_or(registered) AS registered, bool_or(joined) AS joined
    FROM wave_activity_daily
    INNER JOIN audience ON audience.with_bots OR NOT excluded
    WHERE
        workspace_id = %(workspace_id)s
        AND date >= %(date_start)s::date - 6 AND date < %(date_end)s
        AND (registered OR joined)
    GROUP BY 1, 2, 3, 4
),

waved AS (
    SELECT part.with_bots, part.date + later AS date, count(DISTINCT part.person_id) AS wave_people
    FROM part
    CROSS JOIN generate_series(0, 6) AS later
    WHERE part.joined
    GROUP BY 1, 2
),

attended AS (
    SELECT
        with_bots,
        date,
        count(*) FILTER (WHERE registered AND last_registered IS NULL) AS wave_registrations,
        count(*) FILTER (
            WHERE joined AND last_joined IS NULL AND (registered OR last_registered IS NOT NULL)
        ) AS wave_attended
    FROM (
        SELECT
            *,
            max(date) FILTER (WHERE registered) OVER week_before AS last_registered,
            max(date) FILTER (WHERE joined) OVER week_before AS last_joined
        FROM part
        WINDOW week_before AS (
            PARTITION BY with_bots, person_id, wave_id
            ORDER BY date
            RANGE BETWEEN interval '6 days' PRECEDING AND interval '1 day' PRECEDING
        )
    ) AS told
    GROUP BY 1, 2
),

flourished AS (
    SELECT
        audience.with_bots,
        wellbeing.date + later AS date,
        sum(wellbeing.wellbeing_people) AS flourish_people,
        sum(wellbeing.flourish_sum) AS flourish_sum
    FROM audience
    CROSS JOIN generate_series(0, 6) AS later
    -- Of a day with two rows the one that the audience asks for.
    INNER JOIN wellbeing_daily AS wellbeing
        ON
            wellbeing.with_bots = audience.with_bots
            OR (
                audience.with_bots
                AND NOT EXISTS (
                    SELECT FROM wellbeing_daily AS second
                    WHERE
                        second.workspace_id = wellbeing.workspace_id
                        AND second.date = wellbeing.date AND second.with_bots
                )
            )
    WHERE
        wellbeing.workspace_id = %(workspace_id)s
        AND wellbeing.date >= %(date_start)s::date - 6 AND wellbeing.date < %(date_end)s
    GROUP BY 1, 2
),

returned AS (
    SELECT
        person.signed_up_on + 7 + later AS date,
        count(*) AS retention_people,
        count(activity.person_id) AS retained_people
    FROM analytics_person AS person
    LEFT JOIN user_activity_daily AS activity
        ON
            activity.person_id = person.person_id
            AND activity.date = person.signed_up_on + 7
            AND NOT activity.excluded
            AND activity.active_events > 0
            AND activity.date >= %(date_start)s::date - 6 AND activity.date < %(date_end)s
            AND activity.workspace_id = %(workspace_id)s
    CROSS JOIN generate_series(0, 6) AS later
    WHERE
        person.workspace_id = %(workspace_id)s
        AND person.signed_up_on >= %(date_start)s::date - 13 AND person.signed_up_on < %(date_end)s::date - 7
    GROUP BY 1
),

quarters AS (
    SELECT
        active.date,
        active.with_bots,
        active.wau,
        coalesce(waved.wave_people, 0) AS wave_people,
        coalesce(attended.wave_registrations, 0) AS wave_registrations,
        coalesce(attended.wave_attended, 0) AS wave_attended,
        coalesce(flourished.flourish_people, 0) AS flourish_people,
        coalesce(flourished.flourish_sum, 0) AS flourish_sum,
        coalesce(returned.retention_people, 0) AS retention_people,
        coalesce(returned.retained_people, 0) AS retained_people,
        100 * least(active.wau / target.wau, 1) AS growth,
        100 * least(100.0 * returned.retained_people / returned.retention_people / target.retention_percent, 1)
        * CASE WHEN returned.retention_people > 0 THEN 1 END AS engagement,
        100 * least(flourished.flourish_sum / flourished.flourish_people / target.flourish, 1)
        * CASE WHEN flourished.flourish_people > 0 THEN 1 END AS wellbeing,
        100 * least(100.0 * coalesce(waved.wave_people, 0) / nullif(active.wau, 0) / target.wave_percent, 1)
        * CASE WHEN active.wau > 0 THEN 1 END AS community
    FROM active
    JOIN target ON active.date >= target.since AND active.date < target.until
    LEFT JOIN waved ON waved.date = active.date AND waved.with_bots = active.with_bots
    LEFT JOIN attended ON attended.date = active.date AND attended.with_bots = active.with_bots
    LEFT JOIN flourished ON flourished.date = active.date AND flourished.with_bots = active.with_bots
    LEFT JOIN returned ON returned.date = active.date
)

INSERT INTO platform_health_daily (
    workspace_id, date, with_bots, wave_people, wau, wave_registrations, wave_attended,
    flourish_people, flourish_sum, retention_people, retained_people,
    growth_points, engagement_points, wellbeing_points, community_points, health_quarters, health_points, calculated_at
)
SELECT
    %(workspace_id)s,
    date,
    with_bots,
    wave_people,
    wau,
    wave_registrations,
    wave_attended,
    flourish_people,
    flourish_sum,
    retention_people,
    retained_people,
    growth,
    engagement,
    wellbeing,
    community,
    num_nonnulls(growth, engagement, wellbeing, community),
    growth + coalesce(engagement, 0) + coalesce(wellbeing, 0) + coalesce(community, 0),
    now()
FROM quarters

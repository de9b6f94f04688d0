-- Churn by day: of the people active 30 to 59 days before a day, those not active since (metrics.md).
-- Row: one day of the workspace's zone with anybody to lose; where bots and test accounts were active in the 60 days
-- that end with it, once more with them. Units: distinct people.
-- Distinct people of a stretch of days are those whose active day before any of them lies before the stretch. Who was
-- active in the 60 days and not in the last 30 is lost.
-- Parameters: workspace_id, date_start, date_end
WITH days AS (
    SELECT
        day.date,
        audience.with_bots
    FROM (SELECT generate_series(%(date_start)s::date, %(date_end)s::date - 1, interval '1 day')::date AS date) AS day
    CROSS JOIN (VALUES (false), (true)) AS audience (with_bots)
),

counted AS (
    SELECT
        days.date,
        days.with_bots,
        sum(gaps.people) FILTER (
            WHERE gaps.date <= days.date - 30 AND (gaps.gap = 0 OR gaps.date - gaps.gap < days.date - 59)
        ) AS active_before,
        sum(gaps.people) FILTER (WHERE gaps.gap = 0 OR gaps.date - gaps.gap < days.date - 59) AS active_in_60,
        sum(gaps.people) FILTER (
            WHERE gaps.date > days.date - 30 AND (gaps.gap = 0 OR gaps.date - gaps.gap < days.date - 29)
        ) AS active_in_30
    FROM days
    INNER JOIN activity_gaps AS gaps
        ON
            gaps.workspace_id = %(workspace_id)s
            AND gaps.date >= days.date - 59 AND gaps.date <= days.date
            AND (days.with_bots OR NOT gaps.bots)
    GROUP BY days.date, days.with_bots
    HAVING NOT days.with_bots OR bool_or(gaps.bots)
)

INSERT INTO churn_daily (workspace_id, date, with_bots, active_before, churned, calculated_at)
SELECT
    %(workspace_id)s,
    date,
    with_bots,
    active_before,
    active_in_60 - coalesce(active_in_30, 0),
    now()
FROM counted
WHERE active_before > 0

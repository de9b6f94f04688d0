-- How many people of each cohort came back in the days, or weeks of 7 days, after their own sign-up (metrics.md).
-- Row: one cohort and number of days or weeks, from 0, that is over for anybody. Units: distinct people; eligible are
-- those for whom all of it is over, and only they are counted. still_active came then or later: of days alone.
-- Parameters: workspace_id, grain (day, week, month), first, last (days of sign-up), bots (whether they count),
-- not_over (the first day that is not over), days (1 or 7), cells (how many of them)
WITH eligible AS (
    SELECT
        date_trunc(%(grain)s, cohort.signed_up_on::timestamp)::date AS start,
        cell.number,
        sum(cohort.people) AS eligible,
        CASE WHEN %(days)s = 1 THEN sum(cohort.still_active[cell.number + 1]) END AS still_active
    FROM user_cohorts AS cohort
    CROSS JOIN (SELECT generate_series(0, %(cells)s - 1) AS number) AS cell
    WHERE
        cohort.workspace_id = %(workspace_id)s
        AND cohort.signed_up_on >= %(first)s AND cohort.signed_up_on <= %(last)s
        AND cohort.signed_up_on + %(days)s * (cell.number + 1) <= %(not_over)s
        AND (%(bots)s OR NOT cohort.bots)
    GROUP BY 1, 2
),

retained AS (
    SELECT
        date_trunc(%(grain)s, signed_up_on::timestamp)::date AS start,
        (date - signed_up_on) / %(days)s AS number,
        sum(CASE WHEN %(days)s = 1 THEN active ELSE first_of_week END) AS retained
    FROM cohort_retention
    WHERE
        workspace_id = %(workspace_id)s
        AND signed_up_on >= %(first)s AND signed_up_on <= %(last)s
        AND date >= signed_up_on AND date < signed_up_on + %(days)s * %(cells)s
        AND signed_up_on + %(days)s * ((date - signed_up_on) / %(days)s + 1) <= %(not_over)s
        AND (%(bots)s OR NOT bots)
    GROUP BY 1, 2
)

SELECT
    eligible.start,
    eligible.number,
    eligible.eligible,
    coalesce(retained.retained, 0) AS retained,
    eligible.still_active
FROM eligible
LEFT JOIN retained ON retained.start = eligible.start AND retained.number = eligible.number
WHERE eligible.eligible > 0

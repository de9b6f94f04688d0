-- Retention of the people of each day of sign-up, as the metrics of cohorts divide it.
-- Row: one day of sign-up. Units: people, counts. Where the day so much later is not over, nobody is eligible.
-- Parameters: workspace_id, first, last (days of sign-up), bots (whether they count), not_over (the first day that is
-- not over)
WITH signed_up AS (
    SELECT
        signed_up_on,
        sum(people) AS people,
        sum(active_people) AS active_people,
        sum(still_active[2]) AS still_active_1,
        sum(still_active[8]) AS still_active_7,
        sum(still_active[31]) AS still_active_30,
        sum(still_active[91]) AS still_active_90,
        max(calculated_at) AS calculated_at
    FROM user_cohorts
    WHERE
        workspace_id = %(workspace_id)s
        AND signed_up_on >= %(first)s AND signed_up_on <= %(last)s
        AND (%(bots)s OR NOT bots)
    GROUP BY 1
),

acted AS (
    SELECT
        signed_up_on,
        sum(posts_created) AS posts_created,
        sum(comments_created) AS comments_created,
        sum(active) FILTER (WHERE date = signed_up_on + 1) AS retained_1,
        sum(active) FILTER (WHERE date = signed_up_on + 7) AS retained_7,
        sum(active) FILTER (WHERE date = signed_up_on + 30) AS retained_30,
        sum(active) FILTER (WHERE date = signed_up_on + 90) AS retained_90,
        max(calculated_at) AS calculated_at
    FROM cohort_retention
    WHERE
        workspace_id = %(workspace_id)s
        AND signed_up_on >= %(first)s AND signed_up_on <= %(last)s
        AND (%(bots)s OR NOT bots)
    GROUP BY 1
)

SELECT
    signed_up_on AS date,
    active_people,
    posts_created,
    comments_created,
    CASE WHEN signed_up_on + 1 < %(not_over)s THEN people END AS eligible_1,
    CASE WHEN signed_up_on + 7 < %(not_over)s THEN people END AS eligible_7,
    CASE WHEN signed_up_on + 30 < %(not_over)s THEN people END AS eligible_30,
    CASE WHEN signed_up_on + 90 < %(not_over)s THEN people END AS eligible_90,
    CASE WHEN signed_up_on + 1 < %(not_over)s THEN retained_1 END AS retained_1,
    CASE WHEN signed_up_on + 7 < %(not_over)s THEN retained_7 END AS retained_7,
    CASE WHEN signed_up_on + 30 < %(not_over)s THEN retained_30 END AS retained_30,
    CASE WHEN signed_up_on + 90 < %(not_over)s THEN retained_90 END AS retained_90,
    CASE WHEN signed_up_on + 1 < %(not_over)s THEN still_active_1 END AS still_active_1,
    CASE WHEN signed_up_on + 7 < %(not_over)s THEN still_active_7 END AS still_active_7,
    CASE WHEN signed_up_on + 30 < %(not_over)s THEN still_active_30 END AS still_active_30,
    CASE WHEN signed_up_on + 90 < %(not_over)s THEN still_active_90 END AS still_active_90,
    greatest(signed_up.calculated_at, acted.calculated_at) AS calculated_at
FROM signed_up
LEFT JOIN acted USING (signed_up_on)

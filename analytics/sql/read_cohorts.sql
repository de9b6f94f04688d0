-- Cohorts: people by the day, week (from Monday) or month of their sign-up.
-- Row: one cohort. Units: people, counts of all their days up to and including the last.
-- Parameters: workspace_id, grain (day, week, month), first, last (days of sign-up), bots (whether they count),
-- not_over (the first day that does not count)
WITH signed_up AS (
    SELECT
        date_trunc(%(grain)s, signed_up_on::timestamp)::date AS start,
        sum(people) AS people,
        sum(active_people) AS active_people
    FROM user_cohorts
    WHERE
        workspace_id = %(workspace_id)s
        AND signed_up_on >= %(first)s AND signed_up_on <= %(last)s
        AND (%(bots)s OR NOT bots)
    GROUP BY 1
),

acted AS (
    SELECT
        date_trunc(%(grain)s, signed_up_on::timestamp)::date AS start,
        sum(posts_created) AS posts_created,
        sum(comments_created) AS comments_created
    FROM cohort_retention
    WHERE
        workspace_id = %(workspace_id)s
        AND signed_up_on >= %(first)s AND signed_up_on <= %(last)s AND date < %(not_over)s
        AND (%(bots)s OR NOT bots)
    GROUP BY 1
)

SELECT
    signed_up.start,
    signed_up.people,
    signed_up.active_people,
    coalesce(acted.posts_created, 0) AS posts_created,
    coalesce(acted.comments_created, 0) AS comments_created
FROM signed_up
LEFT JOIN acted ON acted.start = signed_up.start
WHERE signed_up.people > 0
ORDER BY signed_up.start

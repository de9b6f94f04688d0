-- People by the day they signed up, and how many were active so many days after it or later (metrics.md).
-- Row: one day of the workspace's zone on which anybody signed up; where counting bots and test accounts in makes a
-- difference, a second one that holds the difference. Units: people.
-- Parameters: workspace_id, date_start, date_end
WITH signed_up AS (
    SELECT person_id, signed_up_on, false AS is_bot
    FROM analytics_person
    WHERE workspace_id = %(workspace_id)s AND signed_up_on >= %(date_start)s AND signed_up_on < %(date_end)s
    UNION ALL
    SELECT person_id, signed_up_on, true
    FROM analytics_bot
    WHERE workspace_id = %(workspace_id)s AND signed_up_on >= %(date_start)s AND signed_up_on < %(date_end)s
),

latest AS (
    SELECT
        signed_up.signed_up_on,
        signed_up.is_bot,
        counted.last_active_on,
        greatest(counted.last_active_on, other.last_active_on) AS last_active_with_bots_on
    FROM signed_up
    LEFT JOIN person_latest AS counted ON counted.person_id = signed_up.person_id AND NOT counted.excluded
    LEFT JOIN person_latest AS other ON other.person_id = signed_up.person_id AND other.excluded
),

-- Days after the sign-up: 90 for more, -1 for before it, null for never (which least and greatest would pass over).
placed AS (
    SELECT
        signed_up_on,
        is_bot,
        CASE
            WHEN last_active_on IS NOT NULL THEN least(greatest(last_active_on - signed_up_on, -1), 90)
        END AS latest,
        CASE
            WHEN last_active_with_bots_on IS NOT NULL
                THEN least(greatest(last_active_with_bots_on - signed_up_on, -1), 90)
        END AS latest_with_bots
    FROM latest
),

counted AS (
    SELECT signed_up_on, false AS bots, latest, count(*) AS people
    FROM placed
    WHERE NOT is_bot
    GROUP BY 1, 2, 3
    UNION ALL
    SELECT signed_up_on, true, latest_with_bots, count(*)
    FROM placed
    WHERE is_bot OR latest IS DISTINCT FROM latest_with_bots
    GROUP BY 1, 2, 3
    UNION ALL
    SELECT signed_up_on, true, latest, -count(*)
    FROM placed
    WHERE NOT is_bot AND latest IS DISTINCT FROM latest_with_bots
    GROUP BY 1, 2, 3
),

totals AS (
    SELECT
        signed_up_on,
        bots,
        sum(people) AS people,
        coalesce(sum(people) FILTER (WHERE latest IS NOT NULL), 0) AS active_people
    FROM counted
    GROUP BY 1, 2
),

still AS (
    SELECT
        totals.signed_up_on,
        totals.bots,
        day.number,
        coalesce(sum(counted.people), 0) AS people
    FROM totals
    CROSS JOIN (SELECT generate_series(0, 90) AS number) AS day
    LEFT JOIN counted
        ON
            counted.signed_up_on = totals.signed_up_on
            AND counted.bots = totals.bots
            AND counted.latest >= day.number
    GROUP BY 1, 2, 3
)

INSERT INTO user_cohorts (workspace_id, signed_up_on, bots, people, active_people, still_active, calculated_at)
SELECT
    %(workspace_id)s,
    totals.signed_up_on,
    totals.bots,
    totals.people,
    totals.active_people,
    array_agg(still.people::integer ORDER BY still.number),
    now()
FROM totals
INNER JOIN still ON still.signed_up_on = totals.signed_up_on AND still.bots = totals.bots
GROUP BY 1, 2, 3, 4, 5

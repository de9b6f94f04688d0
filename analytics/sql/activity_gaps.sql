-- After how many days without activity people were active on each day.
-- Row: one day of the workspace's zone and gap with anybody; where counting bots and test accounts in makes a
-- difference, a second one that holds the difference. Units: distinct people.
-- Each person of the range is looked up once in the 61 days before, so it costs the same whatever the history.
-- Parameters: workspace_id, date_start, date_end
WITH activity AS (
    SELECT
        person_id,
        date,
        excluded
    FROM user_activity_daily
    WHERE
        workspace_id = %(workspace_id)s
        AND date >= %(date_start)s AND date < %(date_end)s
        AND active_events > 0
),

-- Only of them the numbers with bots differ.
mixed AS (
    SELECT DISTINCT person_id
    FROM user_activity_daily
    WHERE
        workspace_id = %(workspace_id)s
        AND date >= %(date_start)s::date - 61 AND date < %(date_end)s
        AND excluded
),

counted AS (
    SELECT
        false AS bots,
        1 AS sign,
        person_id,
        date
    FROM activity
    WHERE NOT excluded
    UNION ALL
    SELECT
        true,
        -1,
        activity.person_id,
        activity.date
    FROM activity
    INNER JOIN mixed ON mixed.person_id = activity.person_id
    WHERE NOT activity.excluded
    UNION ALL
    SELECT DISTINCT
        true,
        1,
        activity.person_id,
        activity.date
    FROM activity
    INNER JOIN mixed ON mixed.person_id = activity.person_id
),

placed AS (
    SELECT
        bots,
        sign,
        date,
        date - coalesce(
            lag(date) OVER (PARTITION BY bots, sign, person_id ORDER BY date),
            (
                SELECT earlier.date
                FROM user_activity_daily AS earlier
                WHERE
                    earlier.person_id = counted.person_id
                    AND earlier.workspace_id = %(workspace_id)s
                    AND earlier.date >= counted.date - 61 AND earlier.date < counted.date
                    AND earlier.active_events > 0
                    -- Of the three parts only the last counts bots in.
                    AND (NOT earlier.excluded OR (counted.bots AND counted.sign = 1))
                ORDER BY earlier.date DESC
                LIMIT 1
            )
        ) AS gap
    FROM counted
)

INSERT INTO activity_gaps (workspace_id, date, bots, gap, people, calculated_at)
SELECT
    %(workspace_id)s,
    date,
    bots,
    CASE WHEN gap <= 61 THEN gap ELSE 0 END,
    sum(sign),
    now()
FROM placed
GROUP BY date, bots, 4
HAVING sum(sign) <> 0

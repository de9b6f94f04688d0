-- How points were spread at the end of a day, person by person: from transfers alone.
-- Row: a column of the rollup; number, in people or points.
-- Parameters: workspace_id, day_end (instant)
WITH part AS (
    SELECT to_account_id AS account_id, occurred_at, amount AS points
    FROM economy_transfer
    WHERE workspace_id = %(workspace_id)s AND occurred_at < %(day_end)s
    UNION ALL
    SELECT from_account_id, occurred_at, -amount
    FROM economy_transfer
    WHERE workspace_id = %(workspace_id)s AND occurred_at < %(day_end)s
),

balance AS (
    SELECT account.id, coalesce(sum(part.points), 0) AS points
    FROM economy_account AS account
    LEFT JOIN part ON part.account_id = account.id
    WHERE account.workspace_id = %(workspace_id)s AND account.person_id IS NOT NULL
    GROUP BY account.id
    HAVING account.created_at < %(day_end)s OR count(part.points) > 0
),

ranked AS (
    SELECT points, row_number() OVER (ORDER BY points, id) AS place, count(*) OVER () AS people
    FROM balance
)

SELECT
    'users_with_points' AS name,
    (count(*) FILTER (WHERE points > 0))::double precision AS number
FROM ranked
UNION ALL
SELECT 'median_balance', coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY points), 0) FROM ranked
UNION ALL
SELECT 'balance_p' || percent, percentile_disc(percent / 100.0) WITHIN GROUP (ORDER BY points)
FROM ranked
CROSS JOIN unnest(ARRAY[10, 25, 75, 90, 99]) AS percent
GROUP BY percent
UNION ALL
SELECT 'top_1_percent_balance', coalesce(sum(points) FILTER (WHERE place > people - ceil(people / 100.0)), 0) FROM ranked
UNION ALL
SELECT 'points_held', coalesce(sum(points), 0) FROM ranked
UNION ALL
SELECT 'gini_numerator', coalesce(2 * sum(place * points) - max(people + 1) * sum(points), 0) FROM ranked
UNION ALL
SELECT 'gini_denominator', greatest(max(people) * sum(points), 0) FROM ranked

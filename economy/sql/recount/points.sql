-- What people earned and spent on a day, by kind as well, and their points before and after it: from transfers alone.
-- Row: a column of the rollup; number, in points or transfers.
-- Parameters: workspace_id, day_start, day_end (instants), day, redemption
WITH crossing AS (
    SELECT
        transfer.occurred_at,
        transfer.kind,
        transfer.amount,
        CASE WHEN target.kind = 'person' THEN transfer.amount ELSE -transfer.amount END AS gain
    FROM economy_transfer AS transfer
    INNER JOIN economy_account AS source ON source.id = transfer.from_account_id
    INNER JOIN economy_account AS target ON target.id = transfer.to_account_id
    WHERE
        transfer.workspace_id = %(workspace_id)s
        AND transfer.occurred_at < %(day_end)s
        AND (source.kind = 'person') <> (target.kind = 'person')
),

today AS (
    SELECT * FROM crossing WHERE occurred_at >= %(day_start)s
)

SELECT
    'earned' AS name,
    coalesce(sum(gain) FILTER (WHERE gain > 0), 0)::double precision AS number
FROM today
UNION ALL
SELECT 'spent', coalesce(-sum(gain) FILTER (WHERE gain < 0), 0) FROM today
UNION ALL
SELECT 'net', coalesce(sum(gain), 0) FROM today
UNION ALL
SELECT 'total_points_in_circulation', coalesce(sum(gain), 0) FROM crossing
UNION ALL
SELECT 'points_before', coalesce(sum(gain) FILTER (WHERE occurred_at < %(day_start)s), 0) FROM crossing
UNION ALL
SELECT
    'mean_points',
    (coalesce(sum(gain), 0) + coalesce(sum(gain) FILTER (WHERE occurred_at < %(day_start)s), 0)) / 2
FROM crossing
UNION ALL
SELECT kind || '_count', count(*) FROM today GROUP BY kind
UNION ALL
SELECT kind || '_points', sum(amount) FROM today GROUP BY kind
UNION ALL
SELECT kind || '_earned', coalesce(sum(gain) FILTER (WHERE gain > 0), 0) FROM today GROUP BY kind
UNION ALL
SELECT 'bnb_redeemed', coalesce(-sum(today.gain) * max(rate.bnb) / max(rate.points), 0)
FROM today
CROSS JOIN jsonb_to_recordset(%(redemption)s::jsonb) AS rate (since date, until date, points numeric, bnb numeric)
WHERE
    today.kind = 'redemption' AND today.gain < 0
    AND %(day)s >= rate.since AND %(day)s < rate.until

-- Who got most points from the workspace, and who gave it most, from an instant on.
-- Row: earned or spent, person, points; most first. Erased people are left out.
-- Parameters: workspace_id, since, until (instants), most
WITH place AS MATERIALIZED (
    SELECT array_agg(id) AS ids
    FROM economy_account
    WHERE workspace_id = %(workspace_id)s AND kind <> 'person'
),

flow AS (
    SELECT from_account_id, to_account_id, sum(amount) AS points
    FROM economy_transfer
    WHERE workspace_id = %(workspace_id)s AND occurred_at >= %(since)s AND occurred_at < %(until)s
    GROUP BY 1, 2
),

part AS (
    SELECT 'earned' AS way, to_account_id AS account_id, sum(points) AS points
    FROM flow
    WHERE from_account_id = ANY((SELECT ids FROM place)::bigint [])
    GROUP BY 2
    UNION ALL
    SELECT 'spent', from_account_id, sum(points)
    FROM flow
    WHERE to_account_id = ANY((SELECT ids FROM place)::bigint [])
    GROUP BY 2
)

SELECT way, person_id, points
FROM (
    SELECT
        part.way,
        account.person_id,
        part.points::bigint AS points,
        row_number() OVER (PARTITION BY part.way ORDER BY part.points DESC, account.id) AS place
    FROM part
    INNER JOIN economy_account AS account ON account.id = part.account_id
    WHERE account.person_id IS NOT NULL
) AS ranked
WHERE place <= %(most)s
ORDER BY way, place

-- Accounts whose balance is not the sum of their transfers. One statement, so that writers may go on meanwhile.
-- Row: one account with its balance and what it should be, in points. Parameters: workspace, most
WITH moved AS (
    SELECT from_account_id AS account_id, -amount AS points
    FROM economy_transfer
    WHERE workspace_id = %(workspace)s
    UNION ALL
    SELECT to_account_id, amount
    FROM economy_transfer
    WHERE workspace_id = %(workspace)s
),

summed AS (
    SELECT account_id, sum(points) AS points
    FROM moved
    GROUP BY account_id
)

SELECT account.id, account.kind, account.person_id, account.balance, coalesce(summed.points, 0)::numeric AS points
FROM economy_account AS account
LEFT JOIN summed ON summed.account_id = account.id
WHERE account.workspace_id = %(workspace)s AND account.balance <> coalesce(summed.points, 0)
ORDER BY account.id
LIMIT %(most)s

-- What lay in each account before an instant: the balance without what moved it from then on.
-- Row: one account. Parameters: workspace, start
SELECT
    account.id,
    account.kind,
    account.person_id,
    account.balance - coalesce(since.points, 0)::bigint AS balance
FROM economy_account AS account
LEFT JOIN (
    SELECT moved.account_id, sum(moved.points) AS points
    FROM (
        SELECT to_account_id AS account_id, amount AS points
        FROM economy_transfer
        WHERE workspace_id = %(workspace)s AND occurred_at >= %(start)s
        UNION ALL
        SELECT from_account_id, -amount
        FROM economy_transfer
        WHERE workspace_id = %(workspace)s AND occurred_at >= %(start)s
    ) AS moved
    GROUP BY moved.account_id
) AS since ON since.account_id = account.id
WHERE account.workspace_id = %(workspace)s

-- Levels that accounts of people reached first by transfers after a number, in the order of the ledger.
-- Row: one, the number of the latest transfer. Accounts and transfers are seen at one moment, so balances after the
-- number are those of now less what moved since.
-- Parameters: workspace_id, after (number), levels (JSON array of {name, min_points})
WITH moved AS MATERIALIZED (
    SELECT to_account_id AS account_id, number, occurred_at, amount AS points
    FROM economy_transfer
    WHERE workspace_id = %(workspace_id)s AND number > %(after)s
    UNION ALL
    SELECT from_account_id, number, occurred_at, -amount
    FROM economy_transfer
    WHERE workspace_id = %(workspace_id)s AND number > %(after)s
),

balance AS (
    SELECT
        moved.account_id,
        moved.number,
        moved.occurred_at,
        account.balance
        - sum(moved.points) OVER (PARTITION BY moved.account_id)
        + sum(moved.points) OVER (PARTITION BY moved.account_id ORDER BY moved.number) AS points
    FROM moved
    INNER JOIN economy_account AS account ON account.id = moved.account_id AND account.kind = 'person'
),

reached AS (
    INSERT INTO economy_levelreached (workspace_id, account_id, name, min_points, number, reached_at)
    SELECT DISTINCT ON (balance.account_id, level.name)
        %(workspace_id)s::integer, balance.account_id, level.name, level.min_points, balance.number, balance.occurred_at
    FROM balance
    INNER JOIN jsonb_to_recordset(%(levels)s::jsonb) AS level (name text, min_points bigint)
        ON balance.points >= level.min_points
    ORDER BY balance.account_id, level.name, balance.number
    ON CONFLICT (account_id, name) DO NOTHING
)

SELECT max(number) FROM moved

-- What went into an account and out of it before a number, the latest first, with the balance after each.
-- Row: one transfer; points are above 0 where they came in. Parameters: workspace, account, before, most
WITH later AS (
    SELECT -amount AS points
    FROM economy_transfer
    WHERE from_account_id = %(account)s AND number >= %(before)s
    UNION ALL
    SELECT amount
    FROM economy_transfer
    WHERE to_account_id = %(account)s AND number >= %(before)s
),

page AS (
    (
        SELECT number, to_account_id AS other_id, -amount AS points
        FROM economy_transfer
        WHERE from_account_id = %(account)s AND workspace_id = %(workspace)s AND number < %(before)s
        ORDER BY number DESC
        LIMIT %(most)s
    )
    UNION ALL
    (
        SELECT number, from_account_id, amount
        FROM economy_transfer
        WHERE to_account_id = %(account)s AND workspace_id = %(workspace)s AND number < %(before)s
        ORDER BY number DESC
        LIMIT %(most)s
    )
    ORDER BY number DESC
    LIMIT %(most)s
)

SELECT
    page.number, page.points,
    account.balance - (SELECT coalesce(sum(later.points), 0) FROM later)
    - coalesce(sum(page.points) OVER (ORDER BY page.number DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
    AS balance,
    transfer.kind, other.kind AS other_kind, other.person_id AS other_person, transfer.reference,
    transfer.occurred_at, transfer.recorded_at, transfer.idempotency_key, transfer.reason, transfer.reverses
FROM page
INNER JOIN economy_transfer AS transfer
    ON transfer.workspace_id = %(workspace)s AND transfer.number = page.number
INNER JOIN economy_account AS account ON account.id = %(account)s AND account.workspace_id = %(workspace)s
INNER JOIN economy_account AS other ON other.id = page.other_id
ORDER BY page.number DESC

-- What was moved from an instant on and by no rule: adjustments, reversals, transfers of the application.
-- Row: one transfer, in the order in which they occurred. Parameters: workspace, start
SELECT from_account_id, to_account_id, amount, kind, idempotency_key, occurred_at
FROM economy_transfer
WHERE workspace_id = %(workspace)s AND occurred_at >= %(start)s AND rule IS NULL
ORDER BY occurred_at, number

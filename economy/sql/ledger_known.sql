-- What the ledger has said to idempotency keys. The head is held.
-- Row: one transfer, or one refused, whose number is null. Parameters: workspace, keys
SELECT
    idempotency_key, number, from_account_id, to_account_id, amount, kind, reference, occurred_at, rule, event_id,
    reverses, reason, NULL AS why
FROM economy_transfer
WHERE workspace_id = %(workspace)s AND idempotency_key = any(%(keys)s::text [])
UNION ALL
SELECT
    idempotency_key, NULL, from_account_id, to_account_id, amount, kind, reference, occurred_at, rule, event_id,
    reverses, reason, why
FROM economy_refusedtransfer
WHERE workspace_id = %(workspace)s AND idempotency_key = any(%(keys)s::text [])

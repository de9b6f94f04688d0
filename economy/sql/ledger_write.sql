-- Writes a batch: its transfers, those refused, what they change of balances, and the new end of the chain.
-- Parameters: workspace, now, posted and refused (JSON arrays), accounts and changes (points, by account), number, hash
WITH posted AS (
    INSERT INTO economy_transfer (
        workspace_id, number, from_account_id, to_account_id, amount, kind, reference, occurred_at, recorded_at,
        idempotency_key, rule, event_id, reverses, made_by_id, reason, hash
    )
    SELECT
        %(workspace)s::integer, number, from_account, to_account, amount, kind, reference, occurred_at,
        %(now)s::timestamptz, idempotency_key, rule, event_id, reverses, made_by, reason, decode(hash, 'hex')
    FROM json_to_recordset(%(posted)s::json) AS entry (
        number bigint, from_account bigint, to_account bigint, amount bigint, kind text, reference text,
        occurred_at timestamptz, idempotency_key text, rule text, event_id uuid, reverses bigint, made_by bigint,
        reason text, hash text
    )
),

refused AS (
    INSERT INTO economy_refusedtransfer (
        workspace_id, from_account_id, to_account_id, amount, kind, reference, occurred_at, refused_at,
        idempotency_key, rule, event_id, reverses, made_by_id, reason, why, balance
    )
    SELECT
        %(workspace)s::integer, from_account, to_account, amount, kind, reference, occurred_at, %(now)s::timestamptz,
        idempotency_key, rule, event_id, reverses, made_by, reason, why, balance
    FROM json_to_recordset(%(refused)s::json) AS entry (
        from_account bigint, to_account bigint, amount bigint, kind text, reference text, occurred_at timestamptz,
        idempotency_key text, rule text, event_id uuid, reverses bigint, made_by bigint, reason text, why text,
        balance bigint
    )
),

moved AS (
    UPDATE economy_account AS account
    SET balance = account.balance + change.points
    FROM unnest(%(accounts)s::bigint [], %(changes)s::bigint []) AS change (account_id, points)
    WHERE account.id = change.account_id AND account.workspace_id = %(workspace)s
)

UPDATE economy_ledgerhead
SET number = %(number)s, hash = %(hash)s
WHERE workspace_id = %(workspace)s

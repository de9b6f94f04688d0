-- Transfers of an export.
-- Row: one transfer of the ledger that occurred in the range; who gave and got it is a person or one of the workspace's
-- own accounts, and null where the person was erased.
-- Parameters: workspace_id, start, end (instants)
SELECT
    transfer.number,
    transfer.occurred_at,
    transfer.kind,
    transfer.amount,
    giver.kind,
    giver.person_id::text,
    taker.kind,
    taker.person_id::text,
    transfer.reference,
    transfer.rule,
    transfer.reverses
FROM economy_transfer AS transfer
INNER JOIN economy_account AS giver ON giver.id = transfer.from_account_id
INNER JOIN economy_account AS taker ON taker.id = transfer.to_account_id
WHERE
    transfer.workspace_id = %(workspace_id)s
    AND transfer.occurred_at >= %(start)s AND transfer.occurred_at < %(end)s
ORDER BY transfer.occurred_at, transfer.number

-- What people paid by rules for content and was not given back, for rules that give it back.
-- Row: one transfer. Found by the payer, whose transfers are few; by content there is no index.
-- Parameters: workspace, people, rules (keys), subjects (of one payment each), until (it occurred before), suffix (of the key of
-- what gives it back)
SELECT asked.person_id, asked.rule, asked.subject, transfer.idempotency_key, transfer.amount
FROM unnest(%(people)s::uuid [], %(rules)s::text [], %(subjects)s::text []) AS asked (person_id, rule, subject)
INNER JOIN economy_account AS payer ON payer.workspace_id = %(workspace)s AND payer.person_id = asked.person_id
INNER JOIN economy_transfer AS transfer
    ON
        transfer.from_account_id = payer.id
        AND transfer.workspace_id = %(workspace)s
        AND transfer.reference = asked.subject
        AND split_part(transfer.rule, '@', 1) = asked.rule
        AND transfer.occurred_at < %(until)s
WHERE
    NOT EXISTS (
        SELECT 1
        FROM economy_transfer AS back
        WHERE
            back.workspace_id = %(workspace)s
            AND back.idempotency_key = transfer.idempotency_key || %(suffix)s
            AND back.occurred_at < %(until)s
    )
    AND NOT EXISTS (
        SELECT 1
        FROM economy_transfer AS reversal
        WHERE reversal.workspace_id = %(workspace)s AND reversal.reverses = transfer.number
    )
ORDER BY transfer.number

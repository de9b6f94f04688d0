-- Who got most points from the workspace from an instant on.
-- Row: one person with any, most first. Parameters: workspace_id, since, now, most
SELECT coalesce(link.person_id, account.person_id) AS person_id, sum(transfer.amount)::bigint AS points
FROM economy_transfer AS transfer
INNER JOIN economy_account AS account ON account.id = transfer.to_account_id AND account.person_id IS NOT NULL
INNER JOIN economy_account AS place ON place.id = transfer.from_account_id AND place.kind <> 'person'
LEFT JOIN ingestion_identitylink AS link ON link.actor_id = account.person_id
WHERE
    transfer.workspace_id = %(workspace_id)s
    AND transfer.occurred_at >= %(since)s AND transfer.occurred_at <= %(now)s
GROUP BY 1
ORDER BY 2 DESC, 1 DESC
LIMIT %(most)s

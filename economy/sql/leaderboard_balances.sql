-- Who has most points. Accounts of people who were merged count together; erased people are left out.
-- Row: one person with points above 0, most first. Parameters: workspace_id, most
SELECT coalesce(link.person_id, account.person_id) AS person_id, sum(account.balance)::bigint AS points
FROM economy_account AS account
LEFT JOIN ingestion_identitylink AS link ON link.actor_id = account.person_id
WHERE account.workspace_id = %(workspace_id)s AND account.person_id IS NOT NULL AND account.balance > 0
GROUP BY 1
ORDER BY 2 DESC, 1 DESC
LIMIT %(most)s

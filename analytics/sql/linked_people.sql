-- The people whom reopen_linked.sql would name: their ids have moved, and their days are not yet opened again.
-- Parameters: workspace_id
SELECT actor_id AS person_id
FROM ingestion_identitylink
WHERE workspace_id = %(workspace_id)s AND NOT reopened
UNION
SELECT person_id
FROM ingestion_personleft
WHERE workspace_id = %(workspace_id)s

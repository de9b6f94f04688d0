-- What is known of ids: whether they were ever sent as user ids, and whose they are.
-- Row: one id. Parameters: workspace, ids
SELECT
    one.id,
    coalesce(actor.kind = 'user', false) AS is_user,
    link.person_id,
    link.record_id
FROM unnest(%(ids)s::uuid []) AS one (id)
LEFT JOIN ingestion_actor AS actor ON actor.actor_id = one.id AND actor.workspace_id = %(workspace)s
LEFT JOIN ingestion_identitylink AS link ON link.actor_id = one.id AND link.workspace_id = %(workspace)s

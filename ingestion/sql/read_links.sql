-- The people that actors are linked to.
-- Row: one actor that has a link. Parameters: actor_ids
SELECT actor_id, person_id
FROM ingestion_identitylink
WHERE actor_id = any(%s::uuid [])

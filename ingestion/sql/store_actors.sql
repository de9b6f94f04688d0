-- Records distinct ids not seen before; rows come sorted by actor_id.
-- Parameters: workspace_id, actor_ids, kinds, distinct_ids
INSERT INTO ingestion_actor (actor_id, workspace_id, kind, distinct_id)
SELECT found.actor_id, %s::integer, found.kind, found.distinct_id
FROM unnest(%s::uuid [], %s::text [], %s::text []) AS found (actor_id, kind, distinct_id)
ON CONFLICT (actor_id) DO NOTHING

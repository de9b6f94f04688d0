-- Links actors to people, and whoever was linked to a newly linked actor follows it. The people are ends of chains
-- (ingestion.identity.resolve), so that no link ever leads to another; the workspace's lock keeps it so.
-- Row: one actor. Returns the links that are new or changed.
-- Parameters: workspace_id, actor_ids, person_ids, evidence (sorted by actor_id)
WITH linked AS (
    INSERT INTO ingestion_identitylink (actor_id, person_id, workspace_id, evidence)
    SELECT found.actor_id, found.person_id, %(workspace)s::integer, found.evidence
    FROM unnest(%(actors)s::uuid [], %(people)s::uuid [], %(evidence)s::text [])
        AS found (actor_id, person_id, evidence)
    ON CONFLICT (actor_id) DO NOTHING
    RETURNING actor_id, person_id
),

followed AS (
    UPDATE ingestion_identitylink AS earlier
    SET person_id = linked.person_id, reopened = false
    FROM linked
    WHERE earlier.person_id = linked.actor_id
    RETURNING earlier.actor_id, earlier.person_id
)

SELECT actor_id, person_id FROM linked
UNION ALL
SELECT actor_id, person_id FROM followed

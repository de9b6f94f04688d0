-- Links actors to people, whatever the order the messages came in: the person is what the other actor is linked to
-- by now, and whoever was linked to the newly linked actor follows it. An actor that already has another person keeps
-- it: two known people are for an operator to decide.
-- Row: one actor. Returns the links that are new.
-- Parameters: workspace_id, actor_ids, person_actor_ids, evidence (sorted by actor_id)
WITH found AS (
    SELECT
        given.actor_id,
        coalesce(beyond.person_id, given.person_actor_id) AS person_id,
        given.evidence
    FROM unnest(%(actors)s::uuid [], %(people)s::uuid [], %(evidence)s::text [])
        AS given (actor_id, person_actor_id, evidence)
    LEFT JOIN ingestion_identitylink AS beyond ON beyond.actor_id = given.person_actor_id
),

linked AS (
    INSERT INTO ingestion_identitylink (actor_id, person_id, workspace_id, evidence)
    SELECT found.actor_id, found.person_id, %(workspace)s::integer, found.evidence
    FROM found
    WHERE found.actor_id <> found.person_id
    ON CONFLICT (actor_id) DO NOTHING
    RETURNING actor_id, person_id
),

followed AS (
    UPDATE ingestion_identitylink AS earlier
    SET person_id = linked.person_id, reopened = false
    FROM linked
    WHERE earlier.person_id = linked.actor_id AND earlier.actor_id <> linked.person_id
    RETURNING earlier.actor_id, earlier.person_id
)

SELECT actor_id, person_id FROM linked
UNION ALL
SELECT actor_id, person_id FROM followed

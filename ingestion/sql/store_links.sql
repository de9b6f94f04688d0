-- Makes the links of a family of ids what was settled. The people are no ids that are linked themselves (ingestion/
-- settling.py), so that no link ever leads to another; the workspace's lock keeps it so.
-- Row: one actor. Notes the people who have lost an id, whose days analytics must add up again.
-- Parameters: workspace, gone (actors that are their own person again), actors, people and records (sorted by actor),
-- left (people)
WITH gone AS (
    DELETE FROM ingestion_identitylink
    WHERE workspace_id = %(workspace)s AND actor_id = any(%(gone)s::uuid [])
),

noted AS (
    INSERT INTO ingestion_personleft (workspace_id, person_id)
    SELECT %(workspace)s::integer, unnest(%(left)s::uuid [])
)

INSERT INTO ingestion_identitylink AS earlier (actor_id, person_id, workspace_id, record_id)
SELECT found.actor_id, found.person_id, %(workspace)s::integer, found.record_id
FROM unnest(%(actors)s::uuid [], %(people)s::uuid [], %(records)s::uuid [])
    AS found (actor_id, person_id, record_id)
ON CONFLICT (actor_id) DO UPDATE
    SET
        person_id = excluded.person_id,
        record_id = excluded.record_id,
        reopened = earlier.reopened AND earlier.person_id = excluded.person_id

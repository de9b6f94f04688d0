-- Records distinct ids before claims about them are settled: whoever is storing one of them as a user id at this moment
-- is waited for, so that it is known as one. One that was ever sent as a user id is a user id.
-- Row: one distinct id.
-- Parameters: workspace, actors (JSON array of ingestion.drafts.Actor, sorted by id)
INSERT INTO ingestion_actor AS known (actor_id, workspace_id, kind, distinct_id)
SELECT found.actor_id, %(workspace)s::integer, found.kind, found.distinct_id
FROM jsonb_to_recordset(%(actors)s::jsonb) AS found (actor_id uuid, kind text, distinct_id text)
ON CONFLICT (actor_id) DO UPDATE SET kind = excluded.kind
    WHERE known.kind = 'anonymous' AND excluded.kind = 'user'

-- Stores a batch of one workspace in one statement; an event that is already there is left as it is.
-- Row: one event. Returns little, because most events are new: the people that the stored events' actors are linked to,
-- and, only where some were there before, a row of NULLs and the key of each that was stored.
-- Rows come sorted by key, so that writers of the same events meet in one order and never wait in a circle.
-- Records the distinct ids of the batch that may be new in passing, which spares a round trip; one that was ever sent as
-- a user id is a user id.
-- Parameters: rows (JSON array of ingestion.drafts.EventRow), expected (their number), actors (JSON array of
-- ingestion.drafts.Actor, sorted by id), workspace, source, received_at
WITH actors AS (
    INSERT INTO ingestion_actor AS known (actor_id, workspace_id, kind, distinct_id)
    SELECT actor_id, %(workspace)s, kind, distinct_id
    FROM jsonb_to_recordset(%(actors)s::jsonb) AS found (actor_id uuid, kind text, distinct_id text)
    ON CONFLICT (actor_id) DO UPDATE SET kind = excluded.kind
    WHERE known.kind = 'anonymous' AND excluded.kind = 'user'
),

stored AS (
    INSERT INTO ingestion_event (
        actor_id, event_id, object_author, occurred_at, received_at, client_at, context_id, value, workspace_id,
        source_id, event_type_id, skew_seconds, flags, schema_version, session_id, object_id, community_id,
        country, region, properties, context, page_id
    )
    SELECT
        actor_id, event_id, object_author, occurred_at, %(received_at)s, client_at, context_id, value,
        %(workspace)s, %(source)s, event_type_id, skew_seconds, coalesce(flags, 0),
        schema_version, session_id, object_id, community_id, country, region, properties, context, page_id
    FROM jsonb_to_recordset(%(rows)s::jsonb) AS incoming (
        actor_id uuid, event_id uuid, object_author uuid, occurred_at timestamptz, client_at timestamptz,
        context_id bigint, page_id bigint, value double precision, event_type_id integer, skew_seconds integer,
        flags smallint, schema_version smallint, session_id text, object_id text, community_id text, country text,
        region text, properties jsonb, context jsonb
    )
    ON CONFLICT DO NOTHING
    RETURNING actor_id, event_id, occurred_at
)

SELECT
    actor_id,
    event_id,
    occurred_at,
    NULL::uuid AS person_id
FROM stored
WHERE (SELECT count(*) FROM stored) < %(expected)s
UNION ALL
SELECT NULL, NULL, NULL, NULL
WHERE (SELECT count(*) FROM stored) < %(expected)s
UNION ALL
SELECT link.actor_id, NULL, NULL, link.person_id
FROM ingestion_identitylink AS link
WHERE link.actor_id IN (SELECT actor_id FROM stored)

-- Stores a batch of one workspace in one statement; an event that is already there is left as it is.
-- Row: one event. Returns the newly stored ones with the person their actor is linked to at
-- this moment, if any.
-- Rows come sorted by key, so that writers of the same events meet in one order and never wait in a circle.
-- Parameters: rows (JSON array of ingestion.drafts.EventRow), workspace_id, source_id, received_at
WITH stored AS (
    INSERT INTO ingestion_event (
        actor_id, event_id, object_author, occurred_at, received_at, client_at, context_id, value, workspace_id,
        source_id, event_type_id, skew_seconds, flags, schema_version, session_id, object_id, community_id,
        properties, context
    )
    SELECT
        actor_id, event_id, object_author, occurred_at, parameters.received_at, client_at, context_id, value,
        parameters.workspace_id, parameters.source_id, event_type_id, skew_seconds, coalesce(flags, 0),
        schema_version, session_id, object_id, community_id, properties, context
    FROM
        (SELECT %s::jsonb AS rows, %s::integer AS workspace_id, %s::integer AS source_id,
            %s::timestamptz AS received_at) AS parameters,
        jsonb_to_recordset(parameters.rows) AS incoming (
            actor_id uuid, event_id uuid, object_author uuid, occurred_at timestamptz, client_at timestamptz,
            context_id bigint, value double precision, event_type_id integer, skew_seconds integer, flags smallint,
            schema_version smallint, session_id text, object_id text, community_id text, properties jsonb,
            context jsonb
        )
    ON CONFLICT DO NOTHING
    RETURNING actor_id, event_id
)

SELECT
    stored.actor_id,
    stored.event_id,
    link.person_id
FROM stored
LEFT JOIN ingestion_identitylink AS link ON link.actor_id = stored.actor_id

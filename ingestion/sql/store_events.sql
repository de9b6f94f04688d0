-- Stores a batch of one workspace in one statement, or nothing of it where somebody of it has refused one of the purposes.
-- The beginning of two: store_events_new.sql goes on where no event of the batch is expected to be there already,
-- store_events_again.sql where some may be.
-- Row: one event.
-- Rows come sorted by key, so that writers of the same events meet in one order and never wait in a circle.
-- Records the distinct ids of the batch that may be new in passing, which spares a round trip; one that was ever sent as
-- a user id is a user id.
-- Records shared contexts not seen before: after the ids, which what claims bring has locked by then, and before the
-- events, whichever of the two ends follows.
-- Parameters: rows (JSON array of ingestion.drafts.EventRow), actors (JSON array of ingestion.drafts.Actor, sorted by
-- id), contexts (JSON array of {id, content}, sorted by id), workspace, source, received_at, people (ids of all of the
-- batch), purposes (none where the gate has asked)
-- Looked up actor by actor, as in read_consents.sql. Of several ids of a person the refusal counts here, whichever was
-- said last: the gate, asked after that, knows better.
WITH people AS (
    SELECT
        actor.actor_id,
        own.person_id
    FROM unnest((SELECT %(people)s::uuid[])) AS actor (actor_id)
    LEFT JOIN LATERAL (
        SELECT person_id FROM ingestion_identitylink WHERE actor_id = actor.actor_id OFFSET 0
    ) AS own ON TRUE
),

refused AS MATERIALIZED (
    SELECT
    FROM people
    CROSS JOIN LATERAL (
        SELECT coalesce(people.person_id, people.actor_id) AS actor_id
        UNION ALL
        SELECT actor_id
        FROM ingestion_identitylink
        WHERE person_id = coalesce(people.person_id, people.actor_id)
    ) AS known
    CROSS JOIN LATERAL (
        SELECT purpose, granted
        FROM privacy_consent
        WHERE actor_id = known.actor_id AND workspace_id = %(workspace)s
        OFFSET 0
    ) AS consent
    WHERE
        (SELECT cardinality(%(purposes)s::text[])) > 0
        AND consent.purpose = any(%(purposes)s::text[])
        AND NOT consent.granted
    LIMIT 1
),

actors AS (
    INSERT INTO ingestion_actor AS known (actor_id, workspace_id, kind, distinct_id)
    SELECT actor_id, %(workspace)s, kind, distinct_id
    FROM jsonb_to_recordset(%(actors)s::jsonb) AS found (actor_id uuid, kind text, distinct_id text)
    WHERE NOT EXISTS (SELECT FROM refused)
    ON CONFLICT (actor_id) DO UPDATE SET kind = excluded.kind
    WHERE known.kind = 'anonymous' AND excluded.kind = 'user'
    -- Not zero where the row was there before.
    RETURNING actor_id, xmax <> 0 AS is_upgraded
),

contexts AS (
    INSERT INTO ingestion_context (id, workspace_id, content)
    SELECT id, %(workspace)s, content
    FROM jsonb_to_recordset(%(contexts)s::jsonb) AS found (id bigint, content jsonb)
    WHERE (SELECT count(*) FROM actors) >= 0 AND NOT EXISTS (SELECT FROM refused)
    ON CONFLICT (id) DO NOTHING
    RETURNING id
),

stored AS (
    INSERT INTO ingestion_event (
        actor_id, event_id, object_author, occurred_at, received_at, client_at, context_id, value, workspace_id,
        source_id, event_type_id, skew_seconds, flags, schema_version, session_id, object_id, community_id,
        country, region, properties, context, page_id
    )
    SELECT
        actor_id, event_id, object_author, occurred_at,
        %(received_at)s::timestamptz + coalesce(arrival, 0) * interval '1 microsecond', client_at, context_id, value,
        %(workspace)s, %(source)s, event_type_id, skew_seconds, coalesce(flags, 0),
        schema_version, session_id, object_id, community_id, country, region, properties, context, page_id
    FROM jsonb_to_recordset(%(rows)s::jsonb) AS incoming (
        actor_id uuid, event_id uuid, object_author uuid, occurred_at timestamptz, client_at timestamptz,
        context_id bigint, page_id bigint, value double precision, event_type_id integer, skew_seconds integer,
        flags smallint, schema_version smallint, session_id text, object_id text, community_id text, country text,
        region text, properties jsonb, context jsonb, arrival integer
    )
    WHERE (SELECT count(*) FROM contexts) >= 0 AND NOT EXISTS (SELECT FROM refused)

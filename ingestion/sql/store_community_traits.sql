-- Keeps what a batch says of communities, and the communities; of two values of a trait the one said later wins.
-- Row: one trait of one community.
-- Parameters: workspace, ids and names (the communities, sorted by id), traits (JSON array of ingestion.traits.Said,
-- sorted by owner and key, each once)
WITH communities AS (
    INSERT INTO ingestion_community (id, workspace_id, community_id)
    SELECT found.id, %(workspace)s::integer, found.name
    FROM unnest(%(ids)s::uuid [], %(names)s::text []) AS found (id, name)
    ON CONFLICT (id) DO NOTHING
)

INSERT INTO ingestion_communitytrait AS kept (community_id, key, value, stated, occurred_at, event_id)
SELECT said.owner, said.key, said.value, said.stated, said.occurred_at, said.event_id
FROM jsonb_to_recordset(%(traits)s::jsonb) AS said (
    owner uuid, key text, value jsonb, stated boolean, occurred_at timestamptz, event_id uuid
)
ON CONFLICT (community_id, key) DO UPDATE
    SET
        value = excluded.value,
        stated = excluded.stated,
        occurred_at = excluded.occurred_at,
        event_id = excluded.event_id
    WHERE
        (excluded.stated, excluded.occurred_at, excluded.event_id)
        > (kept.stated, kept.occurred_at, kept.event_id)

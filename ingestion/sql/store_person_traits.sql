-- Keeps what a batch says of people; of two values of a trait the one said later wins, whichever came first.
-- Row: one trait of one distinct id.
-- Parameters: workspace, traits (JSON array of ingestion.traits.Said, sorted by owner and key, each once)
INSERT INTO ingestion_persontrait AS kept (actor_id, key, workspace_id, value, stated, occurred_at, event_id)
SELECT said.owner, said.key, %(workspace)s::integer, said.value, said.stated, said.occurred_at, said.event_id
FROM jsonb_to_recordset(%(traits)s::jsonb) AS said (
    owner uuid, key text, value jsonb, stated boolean, occurred_at timestamptz, event_id uuid
)
ON CONFLICT (actor_id, key) DO UPDATE
    SET
        value = excluded.value,
        stated = excluded.stated,
        occurred_at = excluded.occurred_at,
        event_id = excluded.event_id
    WHERE
        (excluded.stated, excluded.occurred_at, excluded.event_id)
        > (kept.stated, kept.occurred_at, kept.event_id)

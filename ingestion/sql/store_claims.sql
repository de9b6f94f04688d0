-- Keeps what identify and alias events claim; one said again keeps the earliest time at which it was said.
-- Row: one claim. The workspace's lock is held.
-- Parameters: workspace, source, claims (JSON array of ingestion.drafts.Link, sorted by key, each once)
INSERT INTO ingestion_mergerecord AS kept (
    id, workspace_id, actor_id, into_id, evidence, occurred_at, event_id, source_id
)
SELECT
    gen_random_uuid(), %(workspace)s::integer, claim.actor_id, claim.person_actor_id, claim.evidence,
    claim.occurred_at, claim.event_id, %(source)s::integer
FROM jsonb_to_recordset(%(claims)s::jsonb) AS claim (
    actor_id uuid, person_actor_id uuid, evidence text, occurred_at timestamptz, event_id uuid
)
ON CONFLICT (workspace_id, actor_id, into_id, evidence) WHERE NOT evidence = 'operator' DO UPDATE
    SET occurred_at = excluded.occurred_at, event_id = excluded.event_id, source_id = excluded.source_id
    WHERE (excluded.occurred_at, excluded.event_id) < (kept.occurred_at, kept.event_id)

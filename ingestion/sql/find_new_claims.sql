-- Which claims of a batch say something new: nobody has said so before, or only later.
-- Row: the position of a claim in the list, from 0.
-- Parameters: workspace, claims (JSON array of ingestion.drafts.Link, sorted by key)
SELECT claim.position - 1
FROM ROWS FROM (
    jsonb_to_recordset(%(claims)s::jsonb)
    AS (actor_id uuid, person_actor_id uuid, evidence text, occurred_at timestamptz, event_id uuid)
) WITH ORDINALITY AS claim (actor_id, person_actor_id, evidence, occurred_at, event_id, position)
WHERE NOT EXISTS (
    SELECT
    FROM ingestion_mergerecord AS kept
    WHERE
        kept.workspace_id = %(workspace)s
        AND kept.actor_id = claim.actor_id
        AND kept.into_id = claim.person_actor_id
        AND kept.evidence = claim.evidence
        AND kept.evidence <> 'operator'
        AND (kept.occurred_at, kept.event_id) <= (claim.occurred_at, claim.event_id)
)
ORDER BY claim.position

-- Begins a workspace's ledger: the head of the chain and the four accounts that are nobody's. Twice changes nothing.
-- Parameters: workspace, beginning (what the first hash follows), kinds
WITH places AS (
    INSERT INTO economy_account (workspace_id, kind)
    SELECT %(workspace)s::integer, unnest(%(kinds)s::text [])
    ON CONFLICT DO NOTHING
)

INSERT INTO economy_ledgerhead (workspace_id, hash)
VALUES (%(workspace)s, %(beginning)s)
ON CONFLICT DO NOTHING

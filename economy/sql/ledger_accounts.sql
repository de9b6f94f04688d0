-- The accounts that a batch touches; those of people who have none are made. The head is held.
-- Row: one account. Parameters: workspace, people (uuids, each once), kinds (of the workspace's own accounts)
WITH found AS (
    SELECT id, kind, person_id, balance
    FROM economy_account
    WHERE workspace_id = %(workspace)s AND person_id = any(%(people)s::uuid [])
),

made AS (
    INSERT INTO economy_account (workspace_id, kind, person_id)
    SELECT %(workspace)s::integer, 'person', person_id
    FROM unnest(%(people)s::uuid []) AS asked (person_id)
    WHERE person_id NOT IN (SELECT found.person_id FROM found)
    RETURNING id, kind, person_id, balance
)

SELECT id, kind, person_id, balance FROM found
UNION ALL
SELECT id, kind, person_id, balance FROM made
UNION ALL
SELECT id, kind, person_id, balance
FROM economy_account
WHERE workspace_id = %(workspace)s AND kind <> 'person' AND kind = any(%(kinds)s::text [])

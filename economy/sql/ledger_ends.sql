-- Where a chain ends, and the first number that no chain has: one that was put in beside it.
-- Row: one; none before the first transfer. Parameters: workspace
SELECT
    head.number,
    head.hash,
    (
        SELECT min(stray.number)
        FROM economy_transfer AS stray
        WHERE stray.workspace_id = head.workspace_id AND (stray.number < 1 OR stray.number > head.number)
    ) AS stray
FROM economy_ledgerhead AS head
WHERE head.workspace_id = %(workspace)s

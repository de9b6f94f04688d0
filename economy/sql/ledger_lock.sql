-- The end of a workspace's chain, which its writer holds until the commit. Row: the head; none before the first transfer.
-- Parameters: workspace
SELECT number, hash
FROM economy_ledgerhead
WHERE workspace_id = %(workspace)s
FOR UPDATE

-- Deletes quarantined events whose last arrival is older than their source's retention, whatever their status; those
-- that a replay has in hand wait for the next run. Oldest first, by their index.
-- Materialised, since a plan that asked the limited part again for each row would delete more than the limit.
-- Parameters: workspace, now, most (rows)
WITH old AS MATERIALIZED (
    SELECT kept.id
    FROM ingestion_quarantinedevent AS kept
    INNER JOIN ingestion_source AS source ON source.id = kept.source_id
    WHERE
        kept.workspace_id = %(workspace)s
        AND kept.last_received_at < %(now)s::timestamptz - make_interval(days => source.quarantine_days)
    ORDER BY kept.last_received_at, kept.id
    LIMIT %(most)s
    FOR UPDATE OF kept SKIP LOCKED
)

DELETE FROM ingestion_quarantinedevent AS kept
USING old
WHERE kept.id = old.id

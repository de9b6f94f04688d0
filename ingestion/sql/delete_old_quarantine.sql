-- Deletes quarantined events whose last arrival is older than their source's retention, whatever their status; those
-- that a replay has in hand wait for the next run. Oldest first, by their index.
-- Parameters: workspace, now, most (rows)
DELETE FROM ingestion_quarantinedevent
WHERE id IN (
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

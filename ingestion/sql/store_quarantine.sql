-- Keeps events that were turned away; the same one sent again counts up. Rows come sorted by fingerprint, each once.
-- Parameters: workspace_id, source_id, received_at, fingerprints, reasons, event_names, errors, payloads, occurrences
INSERT INTO ingestion_quarantinedevent AS kept (
    workspace_id, source_id, received_at, last_received_at, fingerprint, reason, event_name, errors, payload,
    occurrences
)
SELECT
    %(workspace)s::integer, %(source)s::integer, %(received_at)s::timestamptz, %(received_at)s::timestamptz,
    found.fingerprint, found.reason, found.event_name, found.errors, found.payload, found.occurrences
FROM unnest(
    %(fingerprints)s::uuid [], %(reasons)s::text [], %(names)s::text [], %(errors)s::jsonb [], %(payloads)s::text [],
    %(occurrences)s::integer []
) AS found (fingerprint, reason, event_name, errors, payload, occurrences)
ON CONFLICT (workspace_id, fingerprint) DO UPDATE
    SET
        occurrences = kept.occurrences + excluded.occurrences,
        last_received_at = greatest(kept.last_received_at, excluded.last_received_at)

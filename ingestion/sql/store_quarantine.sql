-- Keeps events that were turned away; the same one sent again counts up, and waits anew where it was decided on.
-- Rows come sorted by fingerprint, each once.
-- Parameters: workspace, source, received_at, request (JSON), and by row: fingerprints, reasons, names, errors,
-- payloads, cut (original bytes of a payload that was cut), event_ids, occurrences
INSERT INTO ingestion_quarantinedevent AS kept (
    workspace_id, source_id, received_at, last_received_at, request, fingerprint, reason, event_name, errors, payload,
    cut_from_bytes, event_id, occurrences, status, edited_payload, note
)
SELECT
    %(workspace)s::integer, %(source)s::integer, %(received_at)s::timestamptz, %(received_at)s::timestamptz,
    %(request)s::jsonb, found.fingerprint, found.reason, found.event_name, found.errors, found.payload,
    found.cut_from_bytes, found.event_id, found.occurrences, 'waiting', '', ''
FROM unnest(
    %(fingerprints)s::uuid [], %(reasons)s::text [], %(names)s::text [], %(errors)s::jsonb [], %(payloads)s::text [],
    %(cut)s::integer [], %(event_ids)s::uuid [], %(occurrences)s::integer []
) AS found (fingerprint, reason, event_name, errors, payload, cut_from_bytes, event_id, occurrences)
ON CONFLICT (workspace_id, fingerprint) DO UPDATE
    SET
        occurrences = kept.occurrences + excluded.occurrences,
        last_received_at = greatest(kept.last_received_at, excluded.last_received_at),
        reason = excluded.reason,
        event_name = excluded.event_name,
        errors = excluded.errors,
        received_at = CASE kept.status WHEN 'waiting' THEN kept.received_at ELSE excluded.received_at END,
        request = CASE kept.status WHEN 'waiting' THEN kept.request ELSE excluded.request END,
        payload = excluded.payload,
        status = 'waiting',
        replay_id = CASE kept.status WHEN 'waiting' THEN kept.replay_id END,
        settled_at = NULL,
        settled_by_id = NULL,
        note = ''

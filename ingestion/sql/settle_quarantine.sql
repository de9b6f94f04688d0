-- Writes down what a replay made of rows that it has locked. Row: one verdict. What is stored needs neither payload nor
-- request any more; what waits on has its reason and errors of today.
-- Parameters: workspace, verdicts (JSON array of ingestion.replays.Verdict), replay, now, by (user or NULL)
UPDATE ingestion_quarantinedevent AS kept
SET
    status = verdict.status,
    reason = verdict.reason,
    event_name = verdict.event_name,
    event_id = verdict.event_id,
    errors = verdict.errors,
    payload = CASE verdict.status WHEN 'waiting' THEN kept.payload ELSE '' END,
    edited_payload = CASE verdict.status WHEN 'waiting' THEN kept.edited_payload ELSE '' END,
    request = CASE verdict.status WHEN 'waiting' THEN kept.request ELSE '{}' END,
    replay_id = %(replay)s::bigint,
    settled_at = CASE WHEN verdict.status <> 'waiting' THEN %(now)s::timestamptz END,
    settled_by_id = CASE WHEN verdict.status <> 'waiting' THEN %(by)s::bigint END
FROM jsonb_to_recordset(%(verdicts)s::jsonb) AS verdict (
    id bigint, status text, reason text, event_name text, event_id uuid, errors jsonb
)
WHERE kept.id = verdict.id AND kept.workspace_id = %(workspace)s::integer

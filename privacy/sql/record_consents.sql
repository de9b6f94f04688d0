-- Appends answers to the history and brings the state they lead to up to date, in one statement. Answers that are there
-- already change nothing; of two answers of the same instant the refusal counts.
-- Row: one answer of one distinct id for one purpose.
-- Parameters: rows (JSON array of privacy.answers.Answer), workspace, evidence, recorded_by
WITH given AS (
    SELECT actor_id, purpose, granted, decided_at, source, policy_version, event_id
    FROM jsonb_to_recordset(%(rows)s::jsonb) AS answer (
        actor_id uuid, purpose text, granted boolean, decided_at timestamptz, source text, policy_version text,
        event_id uuid
    )
),

history AS (
    INSERT INTO privacy_consentrecord (
        workspace_id, actor_id, purpose, granted, decided_at, source, policy_version, evidence, event_id, recorded_by_id
    )
    SELECT
        %(workspace)s, actor_id, purpose, granted, decided_at, source, policy_version, %(evidence)s, event_id,
        %(recorded_by)s
    FROM given
    ORDER BY actor_id, purpose, decided_at, granted
    ON CONFLICT DO NOTHING
)

INSERT INTO privacy_consent (workspace_id, actor_id, purpose, granted, decided_at)
SELECT DISTINCT ON (actor_id, purpose)
    %(workspace)s,
    actor_id,
    purpose,
    granted,
    decided_at
FROM given
ORDER BY actor_id ASC, purpose ASC, decided_at DESC, granted ASC
ON CONFLICT (actor_id, purpose) DO UPDATE SET
    granted = excluded.granted AND (privacy_consent.granted OR excluded.decided_at > privacy_consent.decided_at),
    decided_at = excluded.decided_at
WHERE excluded.decided_at >= privacy_consent.decided_at

-- Makes the conflicts of a family of ids what was settled: gone where nobody says so any more, open where a claim would
-- join two people whom nobody has kept apart. Those that were joined stay as long as both are one, by the links as they
-- are now; those kept apart stay.
-- Row: one pair of people. The workspace's lock is held.
-- Parameters: workspace, ids (the family), firsts, seconds and records (of the disputed pairs, the smaller id first)
WITH disputed AS (
    SELECT first_id, second_id, record_id
    FROM unnest(%(firsts)s::uuid [], %(seconds)s::uuid [], %(records)s::uuid [])
        AS found (first_id, second_id, record_id)
),

settled AS (
    DELETE FROM ingestion_identityconflict AS conflict
    WHERE
        conflict.workspace_id = %(workspace)s
        AND conflict.status <> 'apart'
        AND (conflict.first_id = any(%(ids)s::uuid []) OR conflict.second_id = any(%(ids)s::uuid []))
        AND NOT EXISTS (
            SELECT
            FROM disputed
            WHERE disputed.first_id = conflict.first_id AND disputed.second_id = conflict.second_id
        )
        AND (
            conflict.status = 'open'
            OR coalesce(
                (SELECT person_id FROM ingestion_identitylink WHERE actor_id = conflict.first_id), conflict.first_id
            ) <> coalesce(
                (SELECT person_id FROM ingestion_identitylink WHERE actor_id = conflict.second_id), conflict.second_id
            )
        )
)

INSERT INTO ingestion_identityconflict AS kept (id, workspace_id, first_id, second_id, record_id)
SELECT gen_random_uuid(), %(workspace)s::integer, disputed.first_id, disputed.second_id, disputed.record_id
FROM disputed
ON CONFLICT (workspace_id, first_id, second_id) DO UPDATE
    SET
        record_id = excluded.record_id,
        status = 'open',
        opened_at = CASE WHEN kept.status = 'open' THEN kept.opened_at ELSE now() END,
        decided_at = NULL,
        decided_by_id = NULL,
        reason = ''
    WHERE kept.status = 'joined' OR (kept.status = 'open' AND kept.record_id <> excluded.record_id)

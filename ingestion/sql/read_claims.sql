-- All claims that count among the ids given and all ids that claims tie them to.
-- Row: one merge record that is not undone, with the number of ids reached; one row of NULLs beside that number where
-- there is none.
-- Parameters: workspace, ids, most (ids looked at)
WITH RECURSIVE reached AS (
    SELECT unnest(%(ids)s::uuid []) AS id
    UNION
    SELECT neighbour.id
    FROM reached
    CROSS JOIN LATERAL (
        SELECT record.into_id AS id
        FROM ingestion_mergerecord AS record
        WHERE record.actor_id = reached.id AND record.workspace_id = %(workspace)s AND record.undone_at IS NULL
        UNION ALL
        SELECT record.actor_id
        FROM ingestion_mergerecord AS record
        WHERE record.into_id = reached.id AND record.workspace_id = %(workspace)s AND record.undone_at IS NULL
    ) AS neighbour
),

-- The limit ends the recursion: PostgreSQL reads no more of it than is asked for.
family AS MATERIALIZED (
    SELECT id
    FROM reached
    LIMIT %(most)s
)

SELECT
    (SELECT count(*) FROM family) AS reached,
    record.id,
    record.actor_id,
    record.into_id,
    record.evidence,
    record.occurred_at,
    record.event_id
FROM (SELECT) AS always
LEFT JOIN ingestion_mergerecord AS record
    ON
        record.workspace_id = %(workspace)s
        AND record.undone_at IS NULL
        AND record.actor_id = any(ARRAY(SELECT id FROM family))

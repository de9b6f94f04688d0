-- Runs in the team's own database: locks and reads the oldest rows of its outbox that nobody else is reading.
-- Row: one event, in the order they were written, and what the database's clock says. Times are text: a timestamptz may
-- hold what Python cannot. Parameters: rows (at most so many), bytes (no row beyond so many, but at least one)
WITH locked AS MATERIALIZED (
    SELECT
        id,
        event_id::text AS event_id,
        occurred_at::text AS occurred_at,
        event_name,
        user_id,
        properties::text AS properties,
        context::text AS context
    FROM agora.outbox
    ORDER BY id
    LIMIT %(rows)s
    FOR UPDATE SKIP LOCKED
),

measured AS (
    SELECT
        locked.*,
        sum(octet_length(properties) + octet_length(context)) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING)
        - octet_length(properties) - octet_length(context) AS bytes_before
    FROM locked
)

SELECT
    id,
    event_id,
    occurred_at,
    event_name,
    user_id,
    properties,
    context,
    clock_timestamp()::text AS sent_at
FROM measured
WHERE bytes_before < %(bytes)s
ORDER BY id

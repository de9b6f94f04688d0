-- Runs in the team's own database: how many rows wait in its outbox, counted up to a limit, and for how many seconds
-- the oldest one has. Parameters: most
SELECT
    (SELECT count(*) FROM (SELECT FROM agora.outbox LIMIT %s) AS some_rows) AS waiting,
    (
        SELECT greatest(0, least(extract(EPOCH FROM clock_timestamp() - oldest.occurred_at), 1e9))::double precision
        FROM (
            SELECT occurred_at FROM agora.outbox WHERE isfinite(occurred_at) ORDER BY id LIMIT 1
        ) AS oldest
    ) AS waits_seconds

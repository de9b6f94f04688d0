-- Keeps counts of arrivals as Redis has them now; returns the hours whose counts have changed.
-- Row: one hour of receipt and one hash, told apart by when it began (microseconds since 1970). Units: events.
-- Parameters: workspace_id, rows (JSON of analytics.arrivals)
INSERT INTO analytics_arrivalhour AS kept (
    workspace_id, hour, since, received, stored, duplicates, rejected, refused, lag, delay
)
SELECT
    %(workspace_id)s, found.hour, found.since, found.received, found.stored, found.duplicates, found.rejected,
    found.refused, found.lag, found.delay
FROM jsonb_to_recordset(%(rows)s::jsonb) AS found (
    hour timestamptz, since bigint, received bigint, stored bigint, duplicates bigint, rejected bigint, refused bigint,
    lag jsonb, delay jsonb
)
ON CONFLICT (workspace_id, hour, since) DO UPDATE
    SET
        received = excluded.received,
        stored = excluded.stored,
        duplicates = excluded.duplicates,
        rejected = excluded.rejected,
        refused = excluded.refused,
        lag = excluded.lag,
        delay = excluded.delay
    WHERE kept.received <> excluded.received
RETURNING hour

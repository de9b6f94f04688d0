-- Events of one workspace that stand under several times: the copies that go.
-- Row: one copy, with the number of all. Of the copies of one event the one stays whose time says most: the client's
-- own, then one corrected by the skew of its clock, then that of the receipt; among equals the first that was received.
-- Ids of version 8 are of content without a time, which may have happened again.
-- Each day is read by itself, whose partition is found while the statement runs; first and last keep the planner
-- from locking the partitions of other days.
-- Parameters: workspace_id, days, next_days (where each ends), first, last (the first and last instant), corrected (a
-- bit of flags), most (rows)
SELECT
    actor_id,
    occurred_at,
    event_id,
    count(*) OVER () AS total
FROM (
    SELECT
        event.actor_id,
        event.occurred_at,
        event.event_id,
        row_number() OVER (
            PARTITION BY event.actor_id, event.event_id, event.event_type_id
            ORDER BY
                event.occurred_at = event.received_at AND event.skew_seconds IS NULL,
                event.flags & %(corrected)s,
                event.received_at,
                event.occurred_at
        ) AS place
    FROM unnest(%(days)s::timestamptz [], %(next_days)s::timestamptz []) AS day (starts, ends)
    CROSS JOIN LATERAL (
        SELECT
            actor_id,
            event_id,
            event_type_id,
            occurred_at,
            received_at,
            skew_seconds,
            flags
        FROM ingestion_event
        WHERE
            workspace_id = %(workspace_id)s
            AND occurred_at >= day.starts AND occurred_at < day.ends
            AND occurred_at >= %(first)s AND occurred_at < %(last)s
    ) AS event
) AS copy
WHERE place > 1 AND substr(event_id::text, 15, 1) <> '8'
LIMIT %(most)s

-- The end of store_events.sql that leaves events that are there already as they are.
-- Returns little, because most events are new: the people that the batch's ids are linked to (as in
-- store_events_new.sql), and, only where some were there before, a row of NULLs and the key of each that was stored.
-- Parameters: expected (number of rows)
    ON CONFLICT DO NOTHING
    RETURNING actor_id, event_id, occurred_at
)

SELECT
    actor_id,
    event_id,
    occurred_at,
    NULL::uuid AS person_id
FROM stored
WHERE (SELECT count(*) FROM stored) < %(expected)s
UNION ALL
SELECT NULL, NULL, NULL, NULL
WHERE (SELECT count(*) FROM stored) < %(expected)s
UNION ALL
SELECT actor_id, NULL, NULL, actor_id
FROM actors
WHERE is_upgraded
UNION ALL
SELECT actor_id, NULL, NULL, person_id
FROM people
WHERE person_id IS NOT NULL

-- The end of store_events.sql that fails with a unique violation where an event is there already, which spares the
-- look before each row and the keys in the answer.
-- Returns a row of NULLs where somebody has refused, the people that the batch's ids are linked to, and before them ids
-- that have just become user ids, as themselves: a link to them may have been made meanwhile, which this statement does
-- not see.
)

SELECT
    NULL::uuid AS actor_id,
    NULL::uuid AS person_id
FROM refused
UNION ALL
SELECT
    actor_id,
    actor_id
FROM actors
WHERE is_upgraded
UNION ALL
SELECT
    actor_id,
    person_id
FROM people
WHERE person_id IS NOT NULL

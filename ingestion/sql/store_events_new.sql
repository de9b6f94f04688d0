-- The end of store_events.sql that fails with a unique violation where an event is there already, which spares the
-- look before each row and the keys in the answer.
-- Returns the people that the events' actors are linked to, behind actors that have just become user ids, as
-- themselves: a link to them may have been made meanwhile, which this statement does not see.
    RETURNING actor_id
)

SELECT
    actor_id,
    actor_id AS person_id
FROM actors
WHERE is_upgraded
UNION ALL
SELECT
    link.actor_id,
    link.person_id
FROM ingestion_identitylink AS link
WHERE link.actor_id IN (SELECT actor_id FROM stored)

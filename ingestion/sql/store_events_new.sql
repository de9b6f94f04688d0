-- The end of store_events.sql that fails with a unique violation where an event is there already, which spares the
-- look before each row and the keys in the answer.
-- Returns the people that the events' actors are linked to.
    RETURNING actor_id
)

SELECT
    link.actor_id,
    link.person_id
FROM ingestion_identitylink AS link
WHERE link.actor_id IN (SELECT actor_id FROM stored)

-- Marks new identity links as reopened, takes the people who have lost an id off their list, and names both: some of
-- the activity of their days now belongs to another person.
-- Parameters: workspace_id
WITH linked AS (
    UPDATE ingestion_identitylink
    SET reopened = true
    WHERE workspace_id = %(workspace_id)s AND NOT reopened
    RETURNING actor_id
),

poorer AS (
    DELETE FROM ingestion_personleft
    WHERE workspace_id = %(workspace_id)s
    RETURNING person_id
)

SELECT actor_id AS person_id FROM linked
UNION
SELECT person_id FROM poorer

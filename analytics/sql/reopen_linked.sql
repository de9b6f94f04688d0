-- Marks new identity links as reopened and takes the people who have lost an id off their list; names the days on which
-- either had any activity: some of it now belongs to another person.
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
),

touched AS (
    SELECT actor_id AS person_id FROM linked
    UNION
    SELECT person_id FROM poorer
)

SELECT DISTINCT activity.date
FROM user_activity_daily AS activity
JOIN touched ON touched.person_id = activity.person_id
WHERE activity.workspace_id = %(workspace_id)s

-- Marks new identity links as reopened and names the days on which their actors had any activity of their own: these
-- now belong to another person.
-- Parameters: workspace_id
WITH linked AS (
    UPDATE ingestion_identitylink
    SET reopened = true
    WHERE workspace_id = %(workspace_id)s AND NOT reopened
    RETURNING actor_id
)

SELECT DISTINCT activity.date
FROM user_activity_daily AS activity
JOIN linked ON linked.actor_id = activity.person_id
WHERE activity.workspace_id = %(workspace_id)s

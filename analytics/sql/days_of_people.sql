-- Days on which any of the people was counted with anything, as far as activity by day is filled.
-- Parameters: workspace_id, people (uuid[])
SELECT DISTINCT activity.date
FROM user_activity_daily AS activity
JOIN unnest(%(people)s::uuid []) AS wanted (person_id) ON wanted.person_id = activity.person_id
WHERE activity.workspace_id = %(workspace_id)s

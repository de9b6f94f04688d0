-- Days on which any of the people was counted with anything or was followed, as far as those are filled.
-- Parameters: workspace_id, people (uuid[])
SELECT activity.date
FROM user_activity_daily AS activity
JOIN unnest(%(people)s::uuid []) AS wanted (person_id) ON wanted.person_id = activity.person_id
WHERE activity.workspace_id = %(workspace_id)s
UNION
SELECT follow.date
FROM analytics_follow AS follow
JOIN unnest(%(people)s::uuid []) AS wanted (person_id) ON wanted.person_id = follow.followed_id
WHERE follow.workspace_id = %(workspace_id)s

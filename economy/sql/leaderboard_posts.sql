-- Who posted most from a day on, posts inside communities included; bots and test accounts are left out.
-- Row: one person with any, most first. Parameters: workspace_id, first (day), most
SELECT person_id, sum(posts_created + community_posts)::bigint AS posts
FROM user_activity_daily
WHERE workspace_id = %(workspace_id)s AND date >= %(first)s AND NOT excluded
GROUP BY 1
HAVING sum(posts_created + community_posts) > 0
ORDER BY 2 DESC, 1 DESC
LIMIT %(most)s

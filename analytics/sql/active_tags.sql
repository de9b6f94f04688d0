-- Tags by what was done to the content that has them (metrics.md 2).
-- Row: one tag, the most active first: content created with it and likes, comments and shares of content with it.
-- Units: content objects, counts of the days.
-- Parameters: workspace_id, date_start, date_end, limit
SELECT
    tag.name,
    count(DISTINCT (daily.content_type, daily.content_id)),
    sum(daily.views_delta),
    sum(daily.likes_delta),
    sum(daily.comments_delta),
    sum(daily.shares_delta),
    sum(daily.likes_delta + daily.comments_delta + daily.shares_delta) + count(daily.created_at) AS activity
FROM content_performance_daily AS daily
INNER JOIN content USING (workspace_id, content_type, content_id)
CROSS JOIN LATERAL unnest(content.tags) AS tag (name)
WHERE
    daily.workspace_id = %(workspace_id)s
    AND daily.date >= %(date_start)s AND daily.date < %(date_end)s
GROUP BY tag.name
ORDER BY activity DESC, tag.name
LIMIT %(limit)s

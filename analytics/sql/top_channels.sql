-- Communities, groups and channels by what people did to their content (metrics.md 2).
-- Row: one of them, most engagement first. Units: content objects, counts of the days.
-- Parameters: workspace_id, date_start, date_end, limit
SELECT
    content.community_id,
    count(DISTINCT (daily.content_type, daily.content_id)),
    sum(daily.views_delta),
    sum(daily.likes_delta),
    sum(daily.comments_delta),
    sum(daily.shares_delta),
    sum(daily.likes_delta + daily.comments_delta + daily.shares_delta) AS engagement
FROM content_performance_daily AS daily
INNER JOIN content USING (workspace_id, content_type, content_id)
WHERE
    daily.workspace_id = %(workspace_id)s
    AND daily.date >= %(date_start)s AND daily.date < %(date_end)s
    AND content.community_id IS NOT NULL
GROUP BY content.community_id
ORDER BY engagement DESC, content.community_id
LIMIT %(limit)s

-- Communities, groups and channels by what people did to their content (metrics.md 2).
-- Row: one of them, most engagement first. Units: content objects, counts of the days.
-- Parameters: workspace_id, date_start, date_end, limit
-- The days of an object are added up before it is looked up, as sorting all of them to tell objects apart took longest.
WITH object AS (
    SELECT
        content_type,
        content_id,
        sum(views_delta) AS views,
        sum(likes_delta) AS likes,
        sum(comments_delta) AS comments,
        sum(shares_delta) AS shares
    FROM content_performance_daily
    WHERE workspace_id = %(workspace_id)s AND date >= %(date_start)s AND date < %(date_end)s
    GROUP BY 1, 2
)

SELECT
    content.community_id,
    count(*),
    sum(object.views)::bigint,
    sum(object.likes)::bigint,
    sum(object.comments)::bigint,
    sum(object.shares)::bigint,
    sum(object.likes + object.comments + object.shares)::bigint AS engagement
FROM object
INNER JOIN content
    ON
        content.workspace_id = %(workspace_id)s
        AND content.content_type = object.content_type AND content.content_id = object.content_id
WHERE content.community_id IS NOT NULL
GROUP BY content.community_id
ORDER BY engagement DESC, content.community_id
LIMIT %(limit)s

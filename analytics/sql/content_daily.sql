-- All content together by day (metrics.md 2).
-- Row: one day of the workspace's zone on which anything was done to content. Units: counts; likes and saves less those
-- that were taken back.
-- Parameters: workspace_id, date_start, date_end
INSERT INTO content_daily (
    workspace_id, date, objects_touched, posts, views, likes, comments, shares, saves, engagements, publications,
    calculated_at
)
SELECT
    %(workspace_id)s,
    date,
    count(*),
    count(*) FILTER (WHERE content_type = 'post' AND created_at IS NOT NULL),
    sum(views_delta),
    sum(likes_delta),
    sum(comments_delta),
    sum(shares_delta),
    sum(saves_delta),
    sum(likes_delta + comments_delta + shares_delta),
    count(*) FILTER (WHERE content_type = 'post' AND created_at IS NOT NULL) + sum(comments_delta),
    now()
FROM content_performance_daily
WHERE workspace_id = %(workspace_id)s AND date >= %(date_start)s AND date < %(date_end)s
GROUP BY date

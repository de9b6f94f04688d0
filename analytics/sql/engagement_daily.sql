-- Engagement of the whole workspace by day (metrics.md 1).
-- Row: one day on which anybody was active. Units: people, points.
-- Parameters: workspace_id, date_start, date_end
INSERT INTO engagement_daily (workspace_id, date, engagement_people, engagement_sum, calculated_at)
SELECT %(workspace_id)s, date, count(*), sum(engagement_score), now()
FROM user_engagement_daily
WHERE workspace_id = %(workspace_id)s AND date >= %(date_start)s AND date < %(date_end)s AND is_active
GROUP BY date

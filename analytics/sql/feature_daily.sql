-- Adoption of features by day (metrics.md 1): distinct people, who are never added up over days.
-- Row: one feature and day of the workspace's zone in which anybody was active. Unit: distinct people.
-- Parameters: workspace_id, date_start, date_end
INSERT INTO feature_daily (workspace_id, date, feature, people, active_people, calculated_at)
SELECT
    %(workspace_id)s,
    used.date,
    feature.key,
    count(*) FILTER (WHERE used.features & (1::bigint << feature.bit) <> 0),
    count(*),
    now()
FROM feature_use_daily AS used
CROSS JOIN analytics_feature AS feature
WHERE
    used.workspace_id = %(workspace_id)s AND used.date >= %(date_start)s AND used.date < %(date_end)s
    AND feature.workspace_id = %(workspace_id)s
GROUP BY used.date, feature.key

-- Adoption of features by day (metrics.md 1): distinct people, who are never added up over days.
-- Row: one feature and day of the workspace's zone in which anybody was active. Unit: distinct people.
-- Parameters: workspace_id, date_start, date_end
-- People who used the same features count alike: there are far fewer of those combinations than people.
WITH alike AS (
    SELECT
        date,
        features,
        count(*) AS people
    FROM feature_use_daily
    WHERE workspace_id = %(workspace_id)s AND date >= %(date_start)s AND date < %(date_end)s
    GROUP BY 1, 2
)

INSERT INTO feature_daily (workspace_id, date, feature, people, active_people, calculated_at)
SELECT
    %(workspace_id)s,
    alike.date,
    feature.key,
    coalesce(sum(alike.people) FILTER (WHERE alike.features & (1::bigint << feature.bit) <> 0), 0),
    sum(alike.people),
    now()
FROM alike
CROSS JOIN analytics_feature AS feature
WHERE feature.workspace_id = %(workspace_id)s
GROUP BY alike.date, feature.key

-- Adoption of features by week or month (metrics.md 1): distinct people, who are never added up over days.
-- Row: one feature and week (from Monday) or month, by its first day, in which anybody was active.
-- Unit: distinct people. What stands in braces is the rollup's.
-- Parameters: workspace_id, date_start, date_end
WITH person AS (
    SELECT
        date_trunc('{grain}', date::timestamp)::date AS date,
        person_id,
        bit_or(features) AS features
    FROM feature_use_daily
    WHERE workspace_id = %(workspace_id)s AND date >= %(date_start)s AND date < %(date_end)s
    GROUP BY 1, 2
),

-- People who used the same features count alike: there are far fewer of those combinations than people.
alike AS (
    SELECT
        date,
        features,
        count(*) AS people
    FROM person
    GROUP BY 1, 2
)

INSERT INTO {table} (workspace_id, date, feature, people, active_people, calculated_at)
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

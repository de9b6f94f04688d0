-- Funnels by the day on which people entered (metrics.md 1), once for each saved funnel of the workspace.
-- Row: one funnel, day of the workspace's zone with anybody entering, and step. Units: distinct people, seconds.
-- What stands in braces is funnel.sql, which tells how people are counted.
-- Parameters: those of funnel.sql, and funnel_id
INSERT INTO funnel_daily (
    workspace_id, funnel_id, date, step, entered, people_before, people, median_seconds, calculated_at
)
SELECT
    %(workspace_id)s,
    %(funnel_id)s,
    day,
    step,
    entered,
    people_before,
    people,
    median_seconds,
    now()
FROM (
    {funnel}
) AS counted

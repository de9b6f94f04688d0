-- Distinct people active in a range of days by user type (metrics.md 5), as their traits say it now.
-- Row: one user type. Units: distinct people.
-- Parameters: workspace_id, date_start, date_end
SELECT
    users.user_type,
    count(*) AS people
FROM (
    SELECT DISTINCT person_id
    FROM user_activity_daily
    WHERE
        workspace_id = %(workspace_id)s AND date >= %(date_start)s AND date < %(date_end)s
        AND NOT excluded AND active_events > 0
) AS active
INNER JOIN unified_users AS users ON users.person_id = active.person_id
GROUP BY 1
ORDER BY 2 DESC, 1

-- How many of those who signed up on a day are activated (metrics.md).
-- Row: one day on which anybody signed up. Units: people, days.
-- Parameters: workspace_id, date_start, date_end, time_zone
INSERT INTO activation_daily (workspace_id, date, signups, activated, days_to_first_activity, calculated_at)
SELECT
    %(workspace_id)s,
    person.signed_up_on,
    count(*),
    count(activation.person_id),
    coalesce(
        sum(greatest((activation.activated_at AT TIME ZONE %(time_zone)s)::date - person.signed_up_on, 0)), 0
    ),
    now()
FROM analytics_person AS person
LEFT JOIN analytics_activation AS activation ON activation.person_id = person.person_id
WHERE
    person.workspace_id = %(workspace_id)s
    AND person.signed_up_on >= %(date_start)s AND person.signed_up_on < %(date_end)s
GROUP BY 2

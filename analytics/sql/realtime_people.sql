-- Who was active on each of the last days, for the live sets of people.
-- Row: one person and day of the workspace's zone.
-- Parameters: workspace_id, time_zone, days_start
SELECT DISTINCT
    (occurred_at AT TIME ZONE %(time_zone)s)::date AS date,
    person_id
FROM ingestion_person_event
WHERE workspace_id = %(workspace_id)s AND occurred_at >= %(days_start)s AND is_active AND NOT excluded

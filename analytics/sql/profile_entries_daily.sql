-- Experiences and educations that people added to their profiles, by day (metrics.md 5).
-- Row: one person and day of the workspace's zone on which any was added or removed; bots and test accounts are left
-- out. Units: entries, those removed taken off.
-- Parameters: workspace_id, bucket_start, bucket_end, time_zone, experience_added, experience_removed, education_added,
-- education_removed
INSERT INTO profile_entries_daily (person_id, date, workspace_id, experiences, educations)
SELECT
    person_id,
    (occurred_at AT TIME ZONE %(time_zone)s)::date,
    %(workspace_id)s,
    count(*) FILTER (WHERE event_type_id = ANY(%(experience_added)s))
    - count(*) FILTER (WHERE event_type_id = ANY(%(experience_removed)s)),
    count(*) FILTER (WHERE event_type_id = ANY(%(education_added)s))
    - count(*) FILTER (WHERE event_type_id = ANY(%(education_removed)s))
FROM ingestion_person_event
WHERE
    workspace_id = %(workspace_id)s
    AND occurred_at >= %(bucket_start)s AND occurred_at < %(bucket_end)s
    AND event_type_id = ANY(
        %(experience_added)s::integer[] || %(experience_removed)s::integer[]
        || %(education_added)s::integer[] || %(education_removed)s::integer[]
    )
    AND NOT excluded
GROUP BY 1, 2

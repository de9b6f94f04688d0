-- Who was seen within the last day.
-- Row: one person with the last time seen, in seconds since 1970.
-- Parameters: workspace_id, seen_start
SELECT
    person_id,
    extract(EPOCH FROM max(occurred_at))::double precision AS seen
FROM ingestion_person_event
WHERE workspace_id = %(workspace_id)s AND occurred_at > %(seen_start)s AND is_active AND NOT excluded
GROUP BY person_id

-- Notes the minutes in which a person sent more events by a source than the source thinks possible. What somebody has
-- cleared stays as it is.
-- Row: an anomaly of the range that is not cleared, found now or before. A day is read from its partition alone.
-- Parameters: workspace_id, start, end (whole minutes), no_person (a bit of flags)
INSERT INTO ingestion_anomaly AS known (workspace_id, source_id, person_id, minute, events)
SELECT
    %(workspace_id)s,
    event.source_id,
    coalesce(link.person_id, event.actor_id),
    date_trunc('minute', event.occurred_at, 'UTC'),
    count(*)
FROM ingestion_event AS event
INNER JOIN ingestion_source AS source ON source.id = event.source_id
LEFT JOIN ingestion_identitylink AS link ON link.actor_id = event.actor_id
WHERE
    event.workspace_id = %(workspace_id)s
    AND event.occurred_at >= %(start)s AND event.occurred_at < %(end)s
    AND event.flags & %(no_person)s = 0
    AND source.anomalous_above IS NOT NULL
GROUP BY 2, 3, 4, source.anomalous_above
HAVING count(*) > source.anomalous_above
ON CONFLICT (source_id, person_id, minute) DO UPDATE
    SET events = excluded.events
    WHERE known.cleared_at IS NULL
RETURNING id

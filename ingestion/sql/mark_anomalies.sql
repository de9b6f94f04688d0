-- Puts a flag on the events of anomalies, or takes it off. A person's events are those of all ids that are linked now.
-- Parameters: workspace_id, anomalies (ids), start, end (the first and last instant of their minutes), flag (a bit of
-- flags), flagged (whether it is put on)
WITH member AS (
    SELECT
        anomaly.source_id,
        anomaly.minute,
        ids.actor_id
    FROM ingestion_anomaly AS anomaly
    LEFT JOIN ingestion_identitylink AS own ON own.actor_id = anomaly.person_id
    CROSS JOIN LATERAL (
        SELECT anomaly.person_id AS actor_id
        UNION
        SELECT coalesce(own.person_id, anomaly.person_id)
        UNION
        SELECT actor_id FROM ingestion_identitylink
        WHERE person_id = coalesce(own.person_id, anomaly.person_id)
    ) AS ids
    WHERE anomaly.workspace_id = %(workspace_id)s AND anomaly.id = any(%(anomalies)s::bigint [])
)

UPDATE ingestion_event AS event
SET flags = CASE WHEN %(flagged)s THEN event.flags | %(flag)s::smallint ELSE event.flags & ~%(flag)s::smallint END
FROM member
WHERE
    event.workspace_id = %(workspace_id)s
    AND event.actor_id = member.actor_id
    AND event.source_id = member.source_id
    AND event.occurred_at >= member.minute AND event.occurred_at < member.minute + interval '1 minute'
    AND event.occurred_at >= %(start)s AND event.occurred_at < %(end)s
    AND (event.flags & %(flag)s::smallint <> 0) <> %(flagged)s

-- Activating acts of people by day (metrics.md): events of the types that the definition names, but for content that has
-- been deleted since, or was as it came.
-- Row: one person and day with any; bots and test accounts left out.
-- Parameters: workspace_id, bucket_start, bucket_end, time_zone, activation
WITH kind AS MATERIALIZED (
    SELECT
        kind.id,
        version.since,
        version.until,
        -- What is created is content; who votes creates none.
        CASE
            WHEN kind.counts_as = 'comments_created' THEN 'comment'
            WHEN kind.counts_as LIKE '%%\_created' OR kind.name LIKE '%%\_created'
                THEN coalesce(nullif(kind.object_type, ''), 'post')
        END AS content_type
    FROM jsonb_to_recordset(%(activation)s::jsonb) AS version (
        since date, until date, counts text [], event_types text []
    )
    INNER JOIN ingestion_eventtype AS kind
        ON kind.counts_as = any(version.counts) OR kind.name = any(version.event_types)
    WHERE kind.workspace_id = %(workspace_id)s
),

done AS (
    SELECT
        event.person_id,
        (event.occurred_at AT TIME ZONE %(time_zone)s)::date AS date,
        event.occurred_at,
        kind.content_type,
        CASE
            WHEN kind.content_type = 'comment'
                THEN coalesce(event.properties ->> 'comment_id', event.properties ->> 'commentId', event.object_id)
            ELSE event.object_id
        END AS content_id
    FROM ingestion_person_event AS event
    INNER JOIN kind
        ON
            kind.id = event.event_type_id
            AND (event.occurred_at AT TIME ZONE %(time_zone)s)::date >= kind.since
            AND (event.occurred_at AT TIME ZONE %(time_zone)s)::date < kind.until
    WHERE
        event.workspace_id = %(workspace_id)s
        AND event.occurred_at >= %(bucket_start)s AND event.occurred_at < %(bucket_end)s
        -- As an array that is known when it runs, so that the index on workspace and type serves.
        AND event.event_type_id = any(array(SELECT id FROM kind))
        AND NOT event.excluded AND NOT event.is_opposite
        AND event.properties ->> 'deleted_at' IS NULL
        AND coalesce(event.properties ->> 'is_deleted', 'false') NOT IN ('true', '1')
)

INSERT INTO activating_daily (person_id, date, workspace_id, acted_at)
SELECT
    done.person_id,
    done.date,
    %(workspace_id)s,
    min(done.occurred_at)
FROM done
LEFT JOIN content
    ON
        content.workspace_id = %(workspace_id)s
        AND content.content_type = done.content_type AND content.content_id = done.content_id
        AND content.deleted_at >= done.occurred_at
WHERE content.content_id IS NULL
GROUP BY 1, 2

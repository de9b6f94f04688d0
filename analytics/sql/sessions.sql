-- Sessions (metrics.md): events of one person with gaps of at most session_gap_minutes, those of the day of the event
-- that ends the gap; a client session id that differs from that of the event before starts a new one. A session is never cut at midnight and belongs to where it starts.
-- Events of one instant come in the order of their arrival.
-- Row: one session that starts in the range, bots and test accounts apart. Units: instants, counts.
-- Events of one gap before the range tell whether its first events go on with an older session. Events after the range
-- are read only of people who were active in its last gap, up to sessions_end: who never pauses for two days is a
-- machine.
-- Parameters: workspace_id, bucket_start, bucket_end, time_zone, session_gap_minutes (versions), gap_before_start,
-- gap_before_end (by the longest gap), sessions_end (instants)
WITH gaps AS MATERIALIZED (
    SELECT
        since::timestamp AT TIME ZONE %(time_zone)s AS since,
        until::timestamp AT TIME ZONE %(time_zone)s AS until,
        minutes * interval '1 minute' AS gap
    FROM jsonb_to_recordset(%(session_gap_minutes)s::jsonb) AS version (
        since date, until date, minutes integer
    )
),

near AS MATERIALIZED (
    SELECT person_id, excluded, occurred_at, received_at, event_id, session_id, is_active, kind
    FROM ingestion_person_event
    WHERE
        workspace_id = %(workspace_id)s
        AND occurred_at >= %(gap_before_start)s
        AND occurred_at < %(bucket_end)s
),

awake AS (
    SELECT DISTINCT person_id
    FROM near
    WHERE occurred_at >= %(gap_before_end)s
),

actors AS (
    SELECT person_id AS actor_id FROM awake
    UNION
    SELECT link.actor_id
    FROM ingestion_identitylink AS link
    JOIN awake ON awake.person_id = link.person_id
),

later AS (
    SELECT event.*
    FROM actors
    CROSS JOIN LATERAL (
        SELECT person_id, excluded, occurred_at, received_at, event_id, session_id, is_active, kind
        FROM ingestion_person_event
        WHERE
            workspace_id = %(workspace_id)s AND actor_id = actors.actor_id
            AND occurred_at >= %(bucket_end)s
            AND occurred_at < %(sessions_end)s
        OFFSET 0
    ) AS event
),

paused AS (
    SELECT
        *,
        occurred_at - lag(occurred_at) OVER person AS pause,
        session_id <> lag(session_id) OVER person AS differs
    FROM (SELECT * FROM near UNION ALL SELECT * FROM later) AS event
    WINDOW person AS (PARTITION BY person_id, excluded ORDER BY occurred_at, received_at, event_id)
),

marked AS (
    SELECT
        *,
        -- The gap of the day is looked up for long pauses alone.
        pause IS NULL
        OR differs
        OR CASE WHEN pause > (SELECT min(gap) FROM gaps) THEN
            pause > (SELECT gap FROM gaps WHERE paused.occurred_at >= since AND paused.occurred_at < until)
        END AS starts
    FROM paused
),

numbered AS (
    SELECT
        *,
        count(*) FILTER (WHERE starts) OVER (
            PARTITION BY person_id, excluded ORDER BY occurred_at, received_at, event_id
        ) AS number
    FROM marked
)

INSERT INTO analytics_session (
    person_id, started_at, first_event_id, excluded, workspace_id, ended_at, events, pages, actions, first_action_at, is_bounce
)
SELECT
    person_id,
    min(occurred_at),
    (array_agg(event_id) FILTER (WHERE starts))[1],
    excluded,
    %(workspace_id)s,
    max(occurred_at),
    count(*),
    count(*) FILTER (WHERE kind IN ('page', 'screen')),
    count(*) FILTER (WHERE is_active AND kind NOT IN ('page', 'screen')),
    min(occurred_at) FILTER (WHERE is_active AND kind NOT IN ('page', 'screen')),
    count(*) FILTER (WHERE kind IN ('page', 'screen')) = 1
    AND (
        count(*) FILTER (WHERE is_active AND kind NOT IN ('page', 'screen')) = 0
        OR max(occurred_at) - min(occurred_at) < interval '10 seconds'
    )
FROM numbered
GROUP BY person_id, excluded, number
HAVING min(occurred_at) >= %(bucket_start)s AND min(occurred_at) < %(bucket_end)s

-- Sessions that start on one day, of everybody or of one person, from the events alone: each event is put beside the
-- one before it, and belongs to the last one that began a session.
-- Row: sessions, session_seconds, bounces, session_pages, interactive_sessions or interaction_seconds; number.
-- Parameters: workspace_id, day_start, day_end, gap_before, sessions_end (instants), time_zone,
-- session_gap_minutes (versions), actors (uuid[], null for everybody), not_counted (bits of flags)
WITH gap AS (
    SELECT *
    FROM jsonb_to_recordset(%(session_gap_minutes)s::jsonb) AS version (since date, until date, minutes integer)
),

happened AS (
    SELECT
        coalesce(link.person_id, event.actor_id) AS person_id,
        event.occurred_at,
        event.session_id,
        kind.kind IN ('page', 'screen') AS is_page,
        kind.category NOT IN ('system', 'error', 'performance') AND kind.kind NOT IN ('page', 'screen') AS is_action,
        row_number() OVER (
            PARTITION BY coalesce(link.person_id, event.actor_id)
            ORDER BY event.occurred_at, event.received_at, event.event_id
        ) AS place
    FROM ingestion_event AS event
    INNER JOIN ingestion_eventtype AS kind ON kind.id = event.event_type_id
    LEFT JOIN ingestion_identitylink AS link ON link.actor_id = event.actor_id
    WHERE
        event.workspace_id = %(workspace_id)s
        AND event.occurred_at >= %(gap_before)s AND event.occurred_at < %(sessions_end)s
        AND event.flags & %(not_counted)s = 0
        AND NOT EXISTS (
            SELECT FROM ingestion_excludedactor AS test_account
            WHERE test_account.actor_id = event.actor_id AND event.occurred_at <@ test_account.spans
        )
        AND (%(actors)s::uuid [] IS NULL OR event.actor_id = ANY(%(actors)s::uuid []))
),

beside AS (
    SELECT
        this.*,
        CASE
            WHEN
                this.occurred_at - before.occurred_at <= make_interval(mins => gap.minutes)
                AND coalesce(this.session_id = before.session_id, true)
                THEN null
            ELSE this.place
        END AS began
    FROM happened AS this
    LEFT JOIN happened AS before ON before.person_id = this.person_id AND before.place = this.place - 1
    INNER JOIN gap
        ON
            (this.occurred_at AT TIME ZONE %(time_zone)s)::date >= gap.since
            AND (this.occurred_at AT TIME ZONE %(time_zone)s)::date < gap.until
),

belonging AS (
    SELECT
        *,
        max(began) OVER (PARTITION BY person_id ORDER BY place) AS of_session
    FROM beside
),

sat AS (
    SELECT
        min(occurred_at) AS started_at,
        extract(EPOCH FROM max(occurred_at) - min(occurred_at))::double precision AS seconds,
        count(*) FILTER (WHERE is_page) AS pages,
        count(*) FILTER (WHERE is_action) AS actions,
        min(occurred_at) FILTER (WHERE is_action) AS first_action_at
    FROM belonging
    GROUP BY person_id, of_session
),

of_the_day AS (
    SELECT * FROM sat WHERE started_at >= %(day_start)s AND started_at < %(day_end)s
)

SELECT
    told.name,
    told.number
FROM (
    SELECT
        count(*)::double precision AS sessions,
        coalesce(sum(seconds), 0) AS session_seconds,
        count(*) FILTER (WHERE pages = 1 AND (actions = 0 OR seconds < 10))::double precision AS bounces,
        coalesce(sum(pages), 0)::double precision AS session_pages,
        count(first_action_at)::double precision AS interactive_sessions,
        coalesce(sum(extract(EPOCH FROM first_action_at - started_at)), 0)::double precision AS interaction_seconds
    FROM of_the_day
) AS total
CROSS JOIN LATERAL (
    VALUES
    ('sessions', sessions),
    ('session_seconds', session_seconds),
    ('bounces', bounces),
    ('session_pages', session_pages),
    ('interactive_sessions', interactive_sessions),
    ('interaction_seconds', interaction_seconds)
) AS told (name, number)

-- Makes the ids of test accounts those of the people whom a pattern matches, by any of their ids or by what is said of
-- them, in the time in which the pattern holds.
-- Row: one id that changes: whether more of its time is excluded now, whether less is, and the days and UTC hours in which
-- its person did anything in the time that changes (as far as activity by day is filled; what is not will be).
-- Parameters: workspace_id, time_zone, patterns (JSON array of {since, until, pattern}; a pattern is a regular
-- expression), keys (of traits, in small letters)
WITH version AS (
    SELECT
        pattern,
        tstzrange(
            since::timestamp AT TIME ZONE %(time_zone)s,
            until::timestamp AT TIME ZONE %(time_zone)s
        ) AS span
    FROM jsonb_to_recordset(%(patterns)s::jsonb) AS held (since date, until date, pattern text)
),

said AS (
    SELECT
        actor_id,
        distinct_id AS words
    FROM ingestion_actor
    WHERE workspace_id = %(workspace_id)s AND kind <> 'source'
    UNION ALL
    SELECT
        actor_id,
        value #>> '{}'
    FROM ingestion_persontrait
    WHERE
        workspace_id = %(workspace_id)s
        AND lower(key) = any(%(keys)s::text [])
        AND jsonb_typeof(value) = 'string'
),

matched AS (
    SELECT
        coalesce(link.person_id, said.actor_id) AS person_id,
        range_agg(version.span) AS spans
    FROM said
    INNER JOIN version ON said.words ~* version.pattern
    LEFT JOIN ingestion_identitylink AS link ON link.actor_id = said.actor_id
    GROUP BY 1
),

member AS (
    SELECT
        person_id AS actor_id,
        person_id,
        spans
    FROM matched
    UNION ALL
    SELECT
        link.actor_id,
        matched.person_id,
        matched.spans
    FROM matched
    INNER JOIN ingestion_identitylink AS link ON link.person_id = matched.person_id
    WHERE link.workspace_id = %(workspace_id)s
),

changed AS (
    SELECT
        actor_id,
        coalesce(member.person_id, link.person_id, actor_id) AS person_id,
        coalesce(kept.spans, '{}') AS before,
        coalesce(member.spans, '{}') AS after
    FROM (SELECT * FROM ingestion_excludedactor WHERE workspace_id = %(workspace_id)s) AS kept
    FULL JOIN member USING (actor_id)
    LEFT JOIN ingestion_identitylink AS link USING (actor_id)
    WHERE kept.spans IS DISTINCT FROM member.spans
),

gone AS (
    DELETE FROM ingestion_excludedactor AS kept
    USING changed
    WHERE kept.actor_id = changed.actor_id AND isempty(changed.after)
),

written AS (
    INSERT INTO ingestion_excludedactor AS kept (actor_id, workspace_id, spans)
    SELECT actor_id, %(workspace_id)s, after
    FROM changed
    WHERE NOT isempty(after)
    ON CONFLICT (actor_id) DO UPDATE SET spans = excluded.spans
)

SELECT
    changed.actor_id,
    NOT isempty(changed.after - changed.before) AS more,
    NOT isempty(changed.before - changed.after) AS less,
    coalesce(counted.days, '{}') AS days,
    coalesce(counted.hours, '{}') AS hours
FROM changed
LEFT JOIN LATERAL (
    SELECT
        array_agg(DISTINCT activity.date) AS days,
        array_agg(DISTINCT within.hour) AS hours
    FROM user_activity_daily AS activity
    CROSS JOIN LATERAL generate_series(
        date_trunc('hour', activity.first_event_at, 'UTC'), activity.last_event_at, interval '1 hour'
    ) AS within (hour)
    WHERE
        activity.workspace_id = %(workspace_id)s
        AND activity.person_id IN (changed.actor_id, changed.person_id)
        AND tstzrange(
            activity.date::timestamp AT TIME ZONE %(time_zone)s,
            (activity.date + 1)::timestamp AT TIME ZONE %(time_zone)s
        ) && ((changed.after - changed.before) + (changed.before - changed.after))
) AS counted ON true
ORDER BY changed.actor_id

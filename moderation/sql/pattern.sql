-- When an abuse pattern was met in [bucket_start, bucket_end), one row a hit. What stands in braces is written by
-- moderation/pattern_search.py: who is looked at together, which events are of which step, and how candidates, the events
-- by which the pattern is met, are found among them.
-- Candidates of one subject that are less than the window apart are one hit; it is the known one (hit_id) where such a
-- one is less than the window away, also under an id that has become the subject's since.
-- An event that stands under two times until the sweep comes is one. Bots, test accounts and what is one's own are left
-- out. Reports are read as they were taken, under event type -1.
-- Parameters: workspace_id, pattern_id, bucket_start, bucket_end, since (candidates from then on; NULL: all), reach (an
-- interval: the window), types, with_reports, younger (an interval or NULL), most (hits), and those of the braces
WITH found AS (
    SELECT DISTINCT ON (event.event_id)
        event.person_id,
        coalesce(link.person_id, event.object_author) AS author_id,
        event.object_id,
        coalesce(event.properties ->> 'content_type', nullif(kind.object_type, ''), 'post') AS object_type,
        event.community_id,
        event.occurred_at,
        event.event_id::text AS evidence,
        event.event_type_id,
        event.is_opposite,
        event.properties
    FROM ingestion_person_event AS event
    INNER JOIN ingestion_eventtype AS kind ON kind.id = event.event_type_id
    LEFT JOIN ingestion_identitylink AS link ON link.actor_id = event.object_author
    WHERE
        event.workspace_id = %(workspace_id)s
        AND event.event_type_id = ANY(%(types)s::integer [])
        AND event.occurred_at > %(bucket_start)s::timestamptz - %(reach)s::interval
        AND event.occurred_at < %(bucket_end)s
        AND NOT event.excluded
    ORDER BY event.event_id, event.occurred_at
),

reported AS (
    SELECT
        coalesce(link.person_id, report.reporter_id) AS person_id,
        coalesce(whose.person_id, about.person_id) AS author_id,
        about.target_id AS object_id,
        coalesce(nullif(about.content_type, ''), about.target) AS object_type,
        about.community_id,
        report.submitted_at AS occurred_at,
        'report:' || report.key AS evidence,
        -1 AS event_type_id,
        false AS is_opposite,
        jsonb_build_object('reason', report.reason, 'content_type', about.content_type) AS properties
    FROM moderation_report AS report
    INNER JOIN moderation_case AS about ON about.id = report.case_id
    LEFT JOIN ingestion_identitylink AS link ON link.actor_id = report.reporter_id
    LEFT JOIN ingestion_identitylink AS whose ON whose.actor_id = about.person_id
    WHERE
        %(with_reports)s
        AND report.workspace_id = %(workspace_id)s
        AND report.reporter_id IS NOT NULL
        AND report.submitted_at > %(bucket_start)s::timestamptz - %(reach)s::interval
        AND report.submitted_at < %(bucket_end)s
),

subjects AS (
    SELECT
        *,
        {subject} AS subject
    FROM (
        SELECT * FROM found
        UNION ALL
        SELECT * FROM reported
    ) AS event
),

events AS MATERIALIZED (
    SELECT
        event.subject,
        event.occurred_at,
        event.evidence,
        event.person_id,
        event.author_id,
        event.object_type,
        event.object_id,
        {same}
        {steps}
    FROM subjects AS event
    LEFT JOIN analytics_person AS person
        ON %(younger)s::interval IS NOT NULL AND person.person_id = event.person_id
    WHERE
        event.subject IS NOT NULL
        AND ({matched})
        -- Whom no rollup knows yet is new.
        AND (person.signed_up_at IS NULL OR person.signed_up_at > event.occurred_at - %(younger)s::interval)
),

{candidates}

chosen AS (
    SELECT
        *,
        (at - lag(at) OVER (PARTITION BY subject ORDER BY at) < %(reach)s::interval) IS NOT TRUE AS is_first
    FROM candidate
    WHERE
        at >= %(bucket_start)s
        AND (%(since)s::timestamptz IS NULL OR at >= %(since)s::timestamptz)
),

numbered AS (
    SELECT
        *,
        count(*) FILTER (WHERE is_first) OVER (PARTITION BY subject ORDER BY at) AS number
    FROM chosen
),

hit AS (
    SELECT *
    FROM (
        SELECT
            *,
            max(at) OVER (PARTITION BY subject, number) AS last_at
        FROM numbered
    ) AS lasting
    WHERE is_first
    ORDER BY at, subject
    LIMIT %(most)s
),

told AS (
    SELECT
        hit.subject,
        hit.number,
        hit.at,
        hit.last_at,
        least(min(event.occurred_at), hit.at) AS started_at,
        count(*) AS events,
        count(DISTINCT event.person_id) AS people,
        (array_agg(event.evidence ORDER BY event.occurred_at, event.evidence))[1:20] AS evidence,
        (array_agg(event.person_id ORDER BY event.occurred_at, event.evidence))[1] AS person_id,
        (array_agg(event.author_id ORDER BY event.occurred_at, event.evidence))[1] AS author_id,
        (array_agg(event.object_type ORDER BY event.occurred_at, event.evidence))[1] AS object_type,
        (array_agg(event.object_id ORDER BY event.occurred_at, event.evidence))[1] AS object_id
    FROM hit
    INNER JOIN events AS event
        ON
            event.subject = hit.subject
            AND event.occurred_at > hit.at - %(reach)s::interval
            AND event.occurred_at <= hit.last_at
            AND (hit.chain IS NULL OR event.evidence = ANY(hit.chain))
    GROUP BY hit.subject, hit.number, hit.at, hit.last_at
)

SELECT
    told.subject,
    told.started_at,
    told.at,
    told.last_at,
    told.events,
    told.people,
    told.evidence,
    told.person_id,
    told.author_id,
    told.object_type,
    told.object_id,
    known.id AS hit_id
FROM told
LEFT JOIN LATERAL (
    SELECT one.id
    FROM moderation_patternhit AS one
    LEFT JOIN ingestion_identitylink AS link ON link.actor_id = one.person_id
    LEFT JOIN ingestion_identitylink AS other ON other.actor_id = one.other_person_id
    WHERE
        one.pattern_id = %(pattern_id)s
        AND one.at < told.last_at + %(reach)s::interval
        AND one.last_at > told.at - %(reach)s::interval
        AND (one.subject = told.subject OR {known})
    ORDER BY one.at
    LIMIT 1
) AS known ON true
ORDER BY told.at, told.subject

-- People who signed up on a day, and those of them active on exactly the 1st, 7th, 30th and 90th day after it, from all
-- events there are.
-- Row: eligible_n or retained_n, number. Whether the later day is over is the caller's to know.
-- Parameters: workspace_id, day (date), day_start, day_end (instants), time_zone, not_counted (bits of flags)
WITH counted AS (
    SELECT
        coalesce(link.person_id, event.actor_id) AS person_id,
        event.occurred_at,
        event.value,
        kind.counts_as = 'signups' AS is_signup,
        kind.kind = 'identify' AS is_trait,
        kind.category NOT IN ('system', 'error', 'performance') AS is_active
    FROM ingestion_event AS event
    INNER JOIN ingestion_eventtype AS kind ON kind.id = event.event_type_id
    LEFT JOIN ingestion_identitylink AS link ON link.actor_id = event.actor_id
    WHERE
        event.workspace_id = %(workspace_id)s
        AND event.flags & %(not_counted)s = 0
        AND NOT EXISTS (
            SELECT FROM ingestion_excludedactor AS test_account
            WHERE test_account.actor_id = event.actor_id AND event.occurred_at <@ test_account.spans
        )
),

cohort AS (
    SELECT person_id
    FROM counted
    GROUP BY person_id
    HAVING
        coalesce(
            min(occurred_at) FILTER (WHERE is_signup),
            to_timestamp(min(value) FILTER (WHERE is_trait)),
            min(occurred_at)
        ) >= %(day_start)s
        AND coalesce(
            min(occurred_at) FILTER (WHERE is_signup),
            to_timestamp(min(value) FILTER (WHERE is_trait)),
            min(occurred_at)
        ) < %(day_end)s
),

came AS (
    SELECT DISTINCT
        person_id,
        (occurred_at AT TIME ZONE %(time_zone)s)::date - %(day)s::date AS after
    FROM counted
    INNER JOIN cohort USING (person_id)
    WHERE is_active
)

SELECT
    'eligible_' || later.after AS name,
    (SELECT count(*) FROM cohort)::double precision AS number
FROM (VALUES (1), (7), (30), (90)) AS later (after)
UNION ALL
SELECT
    'retained_' || after,
    count(*)
FROM came
WHERE after IN (1, 7, 30, 90)
GROUP BY after

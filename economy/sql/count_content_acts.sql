-- How many people did something to content before, up to a number that suffices, and who of the given did for the first time.
-- Notes these where that is wanted. An act counts as there from `until` on only where it is noted already: a replay of
-- the past asks for what was there before it.
-- Row: one pair of event and subject with the number before, or a person who is new to it, whose number is null.
-- Parameters: workspace, events, subjects, people, times (each act once), most, until, note
WITH act AS (
    SELECT *
    FROM unnest(%(events)s::text [], %(subjects)s::text [], %(people)s::uuid [], %(times)s::timestamptz []) AS given (
        event, subject, person_id, occurred_at
    )
),

new AS (
    SELECT act.*
    FROM act
    LEFT JOIN economy_contentact AS known
        ON
            known.workspace_id = %(workspace)s
            AND known.event = act.event AND known.subject = act.subject AND known.person_id = act.person_id
            AND known.occurred_at < %(until)s
    WHERE known.person_id IS NULL
),

noted AS (
    INSERT INTO economy_contentact (workspace_id, event, subject, person_id, occurred_at)
    SELECT %(workspace)s::integer, new.event, new.subject, new.person_id, new.occurred_at
    FROM new
    WHERE %(note)s
    ON CONFLICT DO NOTHING
)

SELECT
    about.event,
    about.subject,
    NULL AS person_id,
    (
        SELECT count(*)
        FROM (
            SELECT 1
            FROM economy_contentact AS known
            WHERE
                known.workspace_id = %(workspace)s
                AND known.event = about.event AND known.subject = about.subject AND known.occurred_at < %(until)s
            LIMIT %(most)s
        ) AS enough
    ) AS people
FROM (SELECT DISTINCT event, subject FROM act) AS about
UNION ALL
SELECT new.event, new.subject, new.person_id, NULL
FROM new

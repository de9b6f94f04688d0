-- Candidates of a pattern of one step: events at which there are enough within the window, of enough or few enough
-- different ones. Part of pattern.sql.
-- An event counts from its time until the window has passed; whoever is told apart counts from an event until the next
-- of theirs, or until the window has passed. Sums of these comings and goings are what is within the window at any
-- instant, in one pass over a sorted list, however many events a subject has.
-- Parameters: reach, count, least, most_different (NULL: any number)
change AS (
    SELECT
        span.subject,
        change.at,
        change.events,
        change.different
    FROM (
        SELECT
            subject,
            occurred_at,
            least(
                occurred_at + %(reach)s::interval,
                lead(occurred_at) OVER (PARTITION BY subject, {different} ORDER BY occurred_at)
            ) AS ends_at
        FROM events
    ) AS span
    CROSS JOIN LATERAL (
        VALUES
        (span.occurred_at, 1, 1),
        (span.occurred_at + %(reach)s::interval, -1, 0),
        (span.ends_at, 0, -1)
    ) AS change (at, events, different)
),

candidate AS (
    SELECT DISTINCT
        subject,
        at,
        NULL::text [] AS chain
    FROM (
        SELECT
            subject,
            at,
            events AS change,
            sum(events) OVER standing AS events,
            sum(different) OVER standing AS different
        FROM change
        WINDOW standing AS (PARTITION BY subject ORDER BY at)
    ) AS standing
    WHERE
        change = 1
        AND events >= %(count)s::bigint
        AND different >= coalesce(%(least)s::bigint, 0)
        AND different <= coalesce(%(most_different)s::bigint, different)
),

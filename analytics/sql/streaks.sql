-- Runs of consecutive days with a completed activation (metrics.md 6).
-- Row: one person and run of days, as long as it can be, bots and test accounts apart. Of the runs that touch the range
-- what lies outside is kept, the days inside are put in anew, and neighbours are joined.
-- Returns the days after the range on which a streak has changed: those of runs that begin on another day than before.
-- Parameters: workspace_id, date_start, date_end
WITH before AS (
    SELECT person_id, excluded, started_on, ended_on
    FROM analytics_streak
    WHERE
        workspace_id = %(workspace_id)s
        AND daterange(started_on, ended_on, '[]') && daterange(%(date_start)s::date - 1, %(date_end)s, '[]')
),

piece AS (
    SELECT person_id, excluded, started_on AS first, least(ended_on, %(date_start)s::date - 1) AS last
    FROM before
    WHERE started_on < %(date_start)s
    UNION ALL
    SELECT person_id, excluded, greatest(started_on, %(date_end)s), ended_on
    FROM before
    WHERE ended_on >= %(date_end)s
    UNION ALL
    SELECT person_id, excluded, date, date
    FROM wellbeing_activity_daily
    WHERE
        workspace_id = %(workspace_id)s
        AND date >= %(date_start)s AND date < %(date_end)s
        AND activations_completed > 0
),

begun AS (
    SELECT
        person_id,
        excluded,
        first,
        last,
        first - 1 IS DISTINCT FROM lag(last) OVER (PARTITION BY person_id, excluded ORDER BY first) AS is_first
    FROM piece
),

numbered AS (
    SELECT
        person_id,
        excluded,
        first,
        last,
        count(*) FILTER (WHERE is_first) OVER (PARTITION BY person_id, excluded ORDER BY first) AS run
    FROM begun
),

run AS (
    SELECT person_id, excluded, min(first) AS started_on, max(last) AS ended_on
    FROM numbered
    GROUP BY person_id, excluded, run
),

gone AS (
    DELETE FROM analytics_streak AS streak
    USING before
    WHERE
        streak.person_id = before.person_id
        AND streak.started_on = before.started_on
        AND streak.excluded = before.excluded
        AND NOT EXISTS (
            SELECT FROM run
            WHERE
                run.person_id = before.person_id
                AND run.started_on = before.started_on
                AND run.excluded = before.excluded
        )
),

written AS (
    INSERT INTO analytics_streak AS streak (workspace_id, person_id, excluded, started_on, ended_on)
    SELECT %(workspace_id)s, person_id, excluded, started_on, ended_on
    FROM run
    ON CONFLICT (person_id, started_on, excluded) DO UPDATE
        SET ended_on = excluded.ended_on
        WHERE streak.ended_on <> excluded.ended_on
)

SELECT DISTINCT generate_series(%(date_end)s::timestamp, before.ended_on, interval '1 day')::date
FROM before
JOIN run
    ON
        run.person_id = before.person_id
        AND run.excluded = before.excluded
        AND run.ended_on = before.ended_on
        AND run.started_on <> before.started_on
WHERE before.ended_on >= %(date_end)s AND before.started_on <= %(date_end)s

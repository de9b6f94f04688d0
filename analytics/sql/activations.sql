-- Who is activated, and since when (metrics.md): the first activating act that has not been deleted since.
-- Row: one person who is. Replaces those that the days of the range can have changed.
-- Returns, for activation_daily, the sign-up days of people whose activation has changed.
-- Parameters: workspace_id, bucket_start, bucket_end, date_start, date_end
WITH touched AS MATERIALIZED (
    SELECT day.person_id
    FROM activating_daily AS day
    LEFT JOIN analytics_activation AS activation ON activation.person_id = day.person_id
    WHERE
        day.workspace_id = %(workspace_id)s
        AND day.date >= %(date_start)s AND day.date < %(date_end)s
        AND (activation.person_id IS NULL OR activation.activated_at > day.acted_at)
    UNION
    SELECT person_id
    FROM analytics_activation
    WHERE
        workspace_id = %(workspace_id)s
        AND activated_at >= %(bucket_start)s AND activated_at < %(bucket_end)s
),

known AS MATERIALIZED (
    SELECT
        touched.person_id,
        earliest.acted_at
    FROM touched
    CROSS JOIN LATERAL (
        SELECT day.acted_at
        FROM activating_daily AS day
        WHERE day.person_id = touched.person_id AND day.workspace_id = %(workspace_id)s
        ORDER BY day.date
        LIMIT 1
    ) AS earliest
),

gone AS (
    DELETE FROM analytics_activation AS activation
    USING touched
    WHERE
        activation.person_id = touched.person_id
        AND NOT EXISTS (SELECT FROM known WHERE known.person_id = touched.person_id)
    RETURNING activation.person_id
),

written AS (
    INSERT INTO analytics_activation AS activation (person_id, workspace_id, activated_at)
    SELECT person_id, %(workspace_id)s, acted_at
    FROM known
    ON CONFLICT (person_id) DO UPDATE
        SET activated_at = excluded.activated_at
        WHERE activation.activated_at <> excluded.activated_at
    RETURNING person_id
)

SELECT DISTINCT
    person.signed_up_on,
    'activation_daily'
FROM (SELECT person_id FROM gone UNION ALL SELECT person_id FROM written) AS changed
INNER JOIN analytics_person AS person ON person.person_id = changed.person_id

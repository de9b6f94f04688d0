-- Cases that a moderator took for the first time on one day, and how long they had waited, from the log of each case.
-- Row: cases_claimed or claim_hours; number.
-- Parameters: workspace_id, day_start, day_end (instants)
WITH first_claim AS (
    SELECT
        case_id,
        min(at) AS at
    FROM moderation_logentry
    WHERE
        step = 'claimed'
        AND case_id IN (
            SELECT case_id
            FROM moderation_logentry
            WHERE
                workspace_id = %(workspace_id)s AND step = 'claimed'
                AND at >= %(day_start)s AND at < %(day_end)s
        )
    GROUP BY 1
),

waited AS (
    -- A report may be dated after its claim where clocks differ: then it took no time.
    SELECT greatest(first_claim.at - reported.opened_at, interval '0') AS time_taken
    FROM first_claim
    INNER JOIN moderation_case AS reported ON reported.id = first_claim.case_id
    WHERE first_claim.at >= %(day_start)s AND first_claim.at < %(day_end)s
)

SELECT
    'cases_claimed' AS name,
    count(*)::double precision AS number
FROM waited
UNION ALL
SELECT
    'claim_hours',
    extract(EPOCH FROM sum(time_taken))::double precision / 3600
FROM waited
HAVING count(*) > 0

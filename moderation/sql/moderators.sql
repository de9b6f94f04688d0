-- What each moderator did in [start, end), and what they hold now.
-- Row: one moderator, `user ID` here or `actor ID` in the team's own application; cases held, decisions that closed
-- reports; seconds from the first report to the first claim and from the last claim to the decision, each as number,
-- median and 95th percentile; appeals decided against what they decided, and of these upheld.
-- A decision that was taken back counts for nothing.
-- Parameters: workspace_id, start, end, now
WITH decision AS (
    SELECT
        coalesce('user ' || action.by_id, 'actor ' || action.moderator_id) AS who,
        extract(EPOCH FROM action.decided_at - claim.at) AS seconds
    FROM moderation_action AS action
    LEFT JOIN LATERAL (
        SELECT entry.at
        FROM moderation_logentry AS entry
        WHERE
            entry.case_id = action.case_id AND entry.step = 'claimed' AND entry.by_id = action.by_id
            AND entry.at <= action.decided_at
        ORDER BY entry.at DESC
        LIMIT 1
    ) AS claim ON true
    WHERE
        action.workspace_id = %(workspace_id)s
        AND action.decided_at >= %(start)s AND action.decided_at < %(end)s
        AND action.outcome <> '' AND NOT action.automated
        AND EXISTS (SELECT FROM moderation_report AS report WHERE report.action_id = action.id)
),

decided AS (
    SELECT
        who,
        count(*) AS decisions,
        count(seconds) AS timed,
        percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY seconds) AS spread
    FROM decision
    WHERE who IS NOT NULL
    GROUP BY 1
),

claimed AS (
    SELECT
        'user ' || entry.by_id AS who,
        count(*) AS claims,
        percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (
            ORDER BY greatest(extract(EPOCH FROM entry.at - reported.opened_at), 0)
        ) AS spread
    FROM moderation_logentry AS entry
    INNER JOIN moderation_case AS reported ON reported.id = entry.case_id
    WHERE
        entry.workspace_id = %(workspace_id)s
        AND entry.at >= %(start)s AND entry.at < %(end)s
        AND entry.step = 'claimed'
        AND NOT EXISTS (
            SELECT FROM moderation_logentry AS earlier
            WHERE
                earlier.case_id = entry.case_id AND earlier.step = 'claimed'
                AND (earlier.at, earlier.id) < (entry.at, entry.id)
        )
    GROUP BY 1
),

holding AS (
    SELECT
        'user ' || claimed_by_id AS who,
        count(*) AS cases
    FROM moderation_case
    WHERE workspace_id = %(workspace_id)s AND status IN ('pending', 'in_review') AND claimed_until > %(now)s
    GROUP BY 1
),

heard AS (
    SELECT
        coalesce('user ' || action.by_id, 'actor ' || action.moderator_id) AS who,
        count(*) AS appeals,
        count(*) FILTER (WHERE appeal.status = 'upheld') AS upheld
    FROM moderation_appeal AS appeal
    INNER JOIN moderation_action AS action ON action.id = appeal.action_id
    WHERE
        appeal.workspace_id = %(workspace_id)s
        AND appeal.decided_at >= %(start)s AND appeal.decided_at < %(end)s
        AND appeal.status <> 'pending'
    GROUP BY 1
)

SELECT
    who,
    coalesce(holding.cases, 0),
    coalesce(decided.decisions, 0),
    coalesce(claimed.claims, 0),
    claimed.spread[1],
    claimed.spread[2],
    coalesce(decided.timed, 0),
    decided.spread[1],
    decided.spread[2],
    coalesce(heard.appeals, 0),
    coalesce(heard.upheld, 0)
FROM decided
FULL JOIN claimed USING (who)
FULL JOIN holding USING (who)
FULL JOIN heard USING (who)
WHERE who IS NOT NULL
ORDER BY 3 DESC, 1

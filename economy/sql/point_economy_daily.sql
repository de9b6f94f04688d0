-- The point economy by day (metrics.md 3).
-- Row: one day of the workspace's zone from that of its first transfer on. Units: whole points, people, counts.
-- Balances at the end of a day are those of now less what moved since, so that a fill costs what moved from its range on
-- and not the whole history; accounts and transfers change in one transaction, and one statement sees both at one moment.
-- The people of a day are counted by their balance, and ranks are told of whole counts: equal balances are one row.
-- Parameters: workspace_id, bucket_start, date_start, date_end, time_zone, redemption
WITH place AS MATERIALIZED (
    SELECT array_agg(id) AS ids
    FROM economy_account
    WHERE workspace_id = %(workspace_id)s AND kind <> 'person'
),

-- Everything from the range on. What is after it has the day that the range ends with.
moved AS MATERIALIZED (
    SELECT
        least((occurred_at AT TIME ZONE %(time_zone)s)::date, %(date_end)s::date) AS date,
        from_account_id,
        to_account_id,
        amount,
        kind,
        from_account_id = ANY((SELECT ids FROM place)::bigint []) AS from_place,
        to_account_id = ANY((SELECT ids FROM place)::bigint []) AS to_place
    FROM economy_transfer
    WHERE workspace_id = %(workspace_id)s AND occurred_at >= %(bucket_start)s
),

changed AS MATERIALIZED (
    SELECT account_id, date, sum(points)::bigint AS points
    FROM (
        SELECT to_account_id AS account_id, date, amount AS points FROM moved WHERE NOT to_place
        UNION ALL
        SELECT from_account_id, date, -amount FROM moved WHERE NOT from_place
    ) AS part
    GROUP BY 1, 2
),

since AS MATERIALIZED (
    SELECT account_id, sum(points)::bigint AS points FROM changed GROUP BY 1
),

day AS MATERIALIZED (
    SELECT day.date::date AS date
    FROM generate_series(%(date_start)s::date, %(date_end)s::date - 1, interval '1 day') AS day (date)
    WHERE day.date >= (
        SELECT (min(occurred_at) AT TIME ZONE %(time_zone)s)::date
        FROM economy_transfer
        WHERE workspace_id = %(workspace_id)s
    )
),

-- Who had an account when the range began, by balance. It is in order once for all days: where hardly two people have the
-- same balance, sorting is most of the work, and whole numbers alone sort fastest.
base AS MATERIALIZED (
    SELECT account.balance - coalesce(since.points, 0) AS points, count(*)::integer AS people
    FROM economy_account AS account
    LEFT JOIN since ON since.account_id = account.id
    WHERE
        account.workspace_id = %(workspace_id)s AND account.person_id IS NOT NULL
        AND account.created_at < %(bucket_start)s
    GROUP BY 1
    ORDER BY 1
),

late AS MATERIALIZED (
    SELECT id, balance, created_at
    FROM economy_account
    WHERE workspace_id = %(workspace_id)s AND person_id IS NOT NULL AND created_at >= %(bucket_start)s
),

-- Whose account was made since: it is there from then on, or from an earlier day at which they got points by transfers
-- that came late.
newcomer AS MATERIALIZED (
    SELECT
        late.balance - coalesce(since.points, 0) AS points,
        greatest(
            (least(late.created_at, first_moved.at) AT TIME ZONE %(time_zone)s)::date, %(date_start)s::date
        ) AS date
    FROM late
    LEFT JOIN since ON since.account_id = late.id
    LEFT JOIN (
        SELECT account_id, min(occurred_at) AS at
        FROM (
            SELECT to_account_id AS account_id, occurred_at
            FROM economy_transfer
            WHERE to_account_id = ANY(ARRAY(SELECT id FROM late)) AND workspace_id = %(workspace_id)s
            UNION ALL
            SELECT from_account_id, occurred_at
            FROM economy_transfer
            WHERE from_account_id = ANY(ARRAY(SELECT id FROM late)) AND workspace_id = %(workspace_id)s
        ) AS part
        GROUP BY 1
    ) AS first_moved ON first_moved.account_id = late.id
),

-- Whose balance changes on a day of the range: what it was and what it becomes.
turn AS (
    SELECT
        changed.date,
        changed.points AS change,
        account.balance - since.points
        + (sum(changed.points) OVER (PARTITION BY account.id ORDER BY changed.date))::bigint AS points
    FROM changed
    INNER JOIN since ON since.account_id = changed.account_id
    INNER JOIN economy_account AS account
        ON account.id = changed.account_id AND account.workspace_id = %(workspace_id)s
    WHERE account.person_id IS NOT NULL
),

-- How many people more, or fewer, have a balance from a day on than in `base`.
step AS MATERIALIZED (
    SELECT date, points, sum(people)::integer AS people
    FROM (
        SELECT date, points, 1 AS people FROM newcomer
        UNION ALL
        SELECT turn.date, part.points, part.people
        FROM turn
        CROSS JOIN LATERAL (VALUES (turn.points - turn.change, -1), (turn.points, 1)) AS part (points, people)
    ) AS moving
    WHERE date < %(date_end)s
    GROUP BY 1, 2
),

counted AS MATERIALIZED (
    SELECT
        day.date,
        (SELECT coalesce(sum(people), 0) FROM base)
        + (SELECT count(*) FROM newcomer WHERE newcomer.date <= day.date) AS people
    FROM day
),

-- How many people there are, and at which of them in the order of balances a part of them is complete.
everybody AS MATERIALIZED (
    SELECT
        date,
        people,
        (people + 1) / 2 AS middle,
        people / 2 + 1 AS beyond,
        (people * 10 + 99) / 100 AS p10,
        (people * 25 + 99) / 100 AS p25,
        (people * 75 + 99) / 100 AS p75,
        (people * 90 + 99) / 100 AS p90,
        (people * 99 + 99) / 100 AS p99,
        -- All but the richest hundredth, which is rounded up.
        people * 99 / 100 AS poorer
    FROM counted
),

-- Of everybody in the order of balances, the first `below` come before these people. Where a row takes people away from
-- a balance, it comes before those that bring some; sums over rows of one balance are as if they were one row.
sums AS MATERIALIZED (
    SELECT
        everybody.date,
        everybody.people,
        summed.*
    FROM everybody
    CROSS JOIN LATERAL (
        SELECT
            coalesce(sum(people) FILTER (WHERE points > 0), 0) AS users_with_points,
            sum(points * people) AS points_held,
            -- Twice the sum of rank by balance, less the sum of balances. Products that cannot overflow are far cheaper
            -- as whole numbers.
            coalesce(sum(points * ranks) FILTER (WHERE small), 0)
            + coalesce(sum(points::numeric * ranks) FILTER (WHERE NOT small), 0) AS twice_ranked,
            -- The middle one, or of an even number the two in the middle.
            (
                min(points) FILTER (WHERE below < middle AND up_to >= middle)
                + min(points) FILTER (WHERE below < beyond AND up_to >= beyond)
            ) / 2.0 AS median_balance,
            -- The least balance that so many hundredths of the people have at most.
            min(points) FILTER (WHERE below < p10 AND up_to >= p10) AS balance_p10,
            min(points) FILTER (WHERE below < p25 AND up_to >= p25) AS balance_p25,
            min(points) FILTER (WHERE below < p75 AND up_to >= p75) AS balance_p75,
            min(points) FILTER (WHERE below < p90 AND up_to >= p90) AS balance_p90,
            min(points) FILTER (WHERE below < p99 AND up_to >= p99) AS balance_p99,
            -- Of the balance at the edge of the richest hundredth as many as are still in it.
            sum(points::numeric * (greatest(up_to, poorer) - greatest(below, poorer)))
            FILTER (WHERE up_to > poorer OR below > poorer) AS top_1_percent_balance
        FROM (
            SELECT
                points,
                people,
                sum(people) OVER ascending AS up_to,
                sum(people) OVER ascending - people AS below,
                -- Ranks of equals are below + 1 to up_to: twice their sum, less how many they are.
                people * (2 * sum(people) OVER ascending - people) AS ranks,
                points BETWEEN -2147483648 AND 2147483647
                AND people * (2 * sum(people) OVER ascending - people) BETWEEN -2147483648 AND 2147483647 AS small
            FROM (
                SELECT points, people FROM base
                UNION ALL
                SELECT points, people FROM step WHERE step.date <= everybody.date
            ) AS held
            WINDOW ascending AS (ORDER BY points, people ROWS UNBOUNDED PRECEDING)
        ) AS ranked
    ) AS summed
),

spread AS MATERIALIZED (
    SELECT
        *,
        twice_ranked - people * points_held AS gini_numerator,
        greatest(people * points_held, 0) AS gini_denominator
    FROM sums
),

flow AS MATERIALIZED (
    SELECT
        date,
        count(*) AS transfers,
        coalesce(sum(amount) FILTER (WHERE earning), 0) AS earned,
        coalesce(sum(amount) FILTER (WHERE crossing AND NOT earning), 0) AS spent,
        count(*) FILTER (WHERE crossing AND kind = 'registration_bonus') AS registration_bonus_count,
        coalesce(sum(amount) FILTER (WHERE crossing AND kind = 'registration_bonus'), 0) AS registration_bonus_points,
        coalesce(sum(amount) FILTER (WHERE earning AND kind = 'registration_bonus'), 0) AS registration_bonus_earned,
        count(*) FILTER (WHERE crossing AND kind = 'post_creation') AS post_creation_count,
        coalesce(sum(amount) FILTER (WHERE crossing AND kind = 'post_creation'), 0) AS post_creation_points,
        coalesce(sum(amount) FILTER (WHERE earning AND kind = 'post_creation'), 0) AS post_creation_earned,
        count(*) FILTER (WHERE crossing AND kind = 'comment_creation') AS comment_creation_count,
        coalesce(sum(amount) FILTER (WHERE crossing AND kind = 'comment_creation'), 0) AS comment_creation_points,
        coalesce(sum(amount) FILTER (WHERE earning AND kind = 'comment_creation'), 0) AS comment_creation_earned,
        count(*) FILTER (WHERE crossing AND kind = 'like_cost') AS like_cost_count,
        coalesce(sum(amount) FILTER (WHERE crossing AND kind = 'like_cost'), 0) AS like_cost_points,
        coalesce(sum(amount) FILTER (WHERE earning AND kind = 'like_cost'), 0) AS like_cost_earned,
        count(*) FILTER (WHERE crossing AND kind = 'like_reward') AS like_reward_count,
        coalesce(sum(amount) FILTER (WHERE crossing AND kind = 'like_reward'), 0) AS like_reward_points,
        coalesce(sum(amount) FILTER (WHERE earning AND kind = 'like_reward'), 0) AS like_reward_earned,
        count(*) FILTER (WHERE crossing AND kind = 'redemption') AS redemption_count,
        coalesce(sum(amount) FILTER (WHERE crossing AND kind = 'redemption'), 0) AS redemption_points,
        coalesce(sum(amount) FILTER (WHERE earning AND kind = 'redemption'), 0) AS redemption_earned,
        count(*) FILTER (WHERE crossing AND kind = 'adjustment') AS adjustment_count,
        coalesce(sum(amount) FILTER (WHERE crossing AND kind = 'adjustment'), 0) AS adjustment_points,
        coalesce(sum(amount) FILTER (WHERE earning AND kind = 'adjustment'), 0) AS adjustment_earned,
        count(*) FILTER (WHERE crossing AND kind = 'refund') AS refund_count,
        coalesce(sum(amount) FILTER (WHERE crossing AND kind = 'refund'), 0) AS refund_points,
        coalesce(sum(amount) FILTER (WHERE earning AND kind = 'refund'), 0) AS refund_earned,
        count(*) FILTER (WHERE crossing AND kind = 'transfer') AS transfer_count,
        coalesce(sum(amount) FILTER (WHERE crossing AND kind = 'transfer'), 0) AS transfer_points,
        coalesce(sum(amount) FILTER (WHERE earning AND kind = 'transfer'), 0) AS transfer_earned,
        count(*) FILTER (WHERE crossing AND kind = 'reversal') AS reversal_count,
        coalesce(sum(amount) FILTER (WHERE crossing AND kind = 'reversal'), 0) AS reversal_points,
        coalesce(sum(amount) FILTER (WHERE earning AND kind = 'reversal'), 0) AS reversal_earned
    FROM (
        SELECT date, kind, amount, from_place <> to_place AS crossing, from_place AND NOT to_place AS earning
        FROM moved
        WHERE date < %(date_end)s
    ) AS part
    GROUP BY date
),

supply AS (
    SELECT
        day.date,
        coalesce(flow.earned, 0) AS earned,
        coalesce(flow.spent, 0) AS spent,
        -- All balances together are 0, so people have what the places lack.
        (SELECT -sum(balance) FROM economy_account WHERE id = ANY((SELECT ids FROM place)::bigint []))
        - (
            SELECT coalesce(sum(CASE WHEN from_place THEN amount ELSE -amount END), 0)
            FROM moved
            WHERE from_place <> to_place
        )
        + sum(coalesce(flow.earned - flow.spent, 0)) OVER (ORDER BY day.date) AS total
    FROM day
    LEFT JOIN flow ON flow.date = day.date
)

INSERT INTO point_economy_daily (
    workspace_id, date, total_points_in_circulation, points_before, mean_points, earned, spent, net, transfers,
    registration_bonus_count, registration_bonus_points, registration_bonus_earned,
    post_creation_count, post_creation_points, post_creation_earned,
    comment_creation_count, comment_creation_points, comment_creation_earned,
    like_cost_count, like_cost_points, like_cost_earned,
    like_reward_count, like_reward_points, like_reward_earned,
    redemption_count, redemption_points, redemption_earned,
    adjustment_count, adjustment_points, adjustment_earned,
    refund_count, refund_points, refund_earned,
    transfer_count, transfer_points, transfer_earned,
    reversal_count, reversal_points, reversal_earned,
    people, users_with_points, points_held, median_balance, balance_p10, balance_p25, balance_p75,
    balance_p90, balance_p99, top_1_percent_balance, top_1_percent_share,
    inflation_rate, gini, gini_numerator, gini_denominator, velocity, bnb_redeemed, calculated_at
)
SELECT
    %(workspace_id)s,
    supply.date,
    supply.total,
    supply.total - supply.earned + supply.spent,
    supply.total - (supply.earned - supply.spent) / 2,
    supply.earned,
    supply.spent,
    supply.earned - supply.spent,
    coalesce(flow.transfers, 0),
    coalesce(flow.registration_bonus_count, 0), coalesce(flow.registration_bonus_points, 0), coalesce(flow.registration_bonus_earned, 0),
    coalesce(flow.post_creation_count, 0), coalesce(flow.post_creation_points, 0), coalesce(flow.post_creation_earned, 0),
    coalesce(flow.comment_creation_count, 0), coalesce(flow.comment_creation_points, 0), coalesce(flow.comment_creation_earned, 0),
    coalesce(flow.like_cost_count, 0), coalesce(flow.like_cost_points, 0), coalesce(flow.like_cost_earned, 0),
    coalesce(flow.like_reward_count, 0), coalesce(flow.like_reward_points, 0), coalesce(flow.like_reward_earned, 0),
    coalesce(flow.redemption_count, 0), coalesce(flow.redemption_points, 0), coalesce(flow.redemption_earned, 0),
    coalesce(flow.adjustment_count, 0), coalesce(flow.adjustment_points, 0), coalesce(flow.adjustment_earned, 0),
    coalesce(flow.refund_count, 0), coalesce(flow.refund_points, 0), coalesce(flow.refund_earned, 0),
    coalesce(flow.transfer_count, 0), coalesce(flow.transfer_points, 0), coalesce(flow.transfer_earned, 0),
    coalesce(flow.reversal_count, 0), coalesce(flow.reversal_points, 0), coalesce(flow.reversal_earned, 0),
    coalesce(spread.people, 0),
    coalesce(spread.users_with_points, 0),
    coalesce(spread.points_held, 0),
    spread.median_balance,
    spread.balance_p10,
    spread.balance_p25,
    spread.balance_p75,
    spread.balance_p90,
    spread.balance_p99,
    coalesce(spread.top_1_percent_balance, 0),
    spread.top_1_percent_balance / nullif(spread.points_held, 0),
    100 * (supply.earned - supply.spent) / nullif(supply.total - supply.earned + supply.spent, 0),
    spread.gini_numerator / nullif(spread.gini_denominator, 0),
    coalesce(spread.gini_numerator, 0),
    coalesce(spread.gini_denominator, 0),
    supply.spent / nullif(supply.total - (supply.earned - supply.spent) / 2, 0),
    coalesce(flow.redemption_points - flow.redemption_earned, 0) * rate.bnb / rate.points,
    now()
FROM supply
LEFT JOIN flow ON flow.date = supply.date
LEFT JOIN spread ON spread.date = supply.date
INNER JOIN jsonb_to_recordset(%(redemption)s::jsonb) AS rate (since date, until date, points numeric, bnb numeric)
    ON supply.date >= rate.since AND supply.date < rate.until

-- Rings of transfers: people of whom each gave points to the next, and the last to the first.
-- Row: one ring of at most most_people, each once, beginning with its first made account: accounts, points that went all
-- the way round (the least that one gave the next), transfers, first and last; most points first. What one gave the next
-- is added up over the span; gifts below least_points are none, and no link is below that share of another of the ring.
-- Parameters: workspace_id, since, until (instants), least_points, least_share, most_people, most
WITH RECURSIVE gift AS MATERIALIZED (
    SELECT
        transfer.from_account_id AS giver,
        transfer.to_account_id AS taker,
        sum(transfer.amount)::bigint AS points,
        count(*) AS transfers,
        min(transfer.occurred_at) AS first_at,
        max(transfer.occurred_at) AS last_at
    FROM economy_transfer AS transfer
    INNER JOIN economy_account AS giver ON giver.id = transfer.from_account_id AND giver.kind = 'person'
    INNER JOIN economy_account AS taker ON taker.id = transfer.to_account_id AND taker.kind = 'person'
    WHERE
        transfer.workspace_id = %(workspace_id)s
        AND transfer.occurred_at >= %(since)s AND transfer.occurred_at < %(until)s
        AND transfer.kind <> 'reversal'
    GROUP BY 1, 2
    HAVING sum(transfer.amount) >= %(least_points)s
),

-- Whoever only gives or only takes is in no ring.
link AS MATERIALIZED (
    SELECT *
    FROM gift
    WHERE giver IN (SELECT taker FROM gift) AND taker IN (SELECT giver FROM gift)
),

walk AS (
    SELECT
        giver AS origin,
        taker AS stands_at,
        ARRAY[giver] AS accounts,
        points AS least,
        points AS most,
        transfers,
        first_at,
        last_at
    FROM link
    WHERE taker > giver
    UNION ALL
    SELECT
        walk.origin,
        link.taker,
        walk.accounts || link.giver,
        least(walk.least, link.points),
        greatest(walk.most, link.points),
        walk.transfers + link.transfers,
        least(walk.first_at, link.first_at),
        greatest(walk.last_at, link.last_at)
    FROM walk
    INNER JOIN link ON link.giver = walk.stands_at
    WHERE
        walk.stands_at <> walk.origin
        AND cardinality(walk.accounts) < %(most_people)s
        AND link.taker >= walk.origin
        AND link.taker <> ALL(walk.accounts[2:])
        AND least(walk.least, link.points) >= %(least_share)s * greatest(walk.most, link.points)
)

SELECT accounts, least AS points, transfers, first_at, last_at
FROM walk
WHERE stands_at = origin
ORDER BY points DESC, accounts
LIMIT %(most)s

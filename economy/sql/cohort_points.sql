-- Points that people got from the workspace, by the day they signed up.
-- Row: one day of sign-up on which anybody signed up who got any. Unit: whole points.
-- Parameters: workspace_id, first, last (days of sign-up), until (instant), bots (whether they count)
WITH signed_up AS (
    SELECT person_id, signed_up_on
    FROM analytics_person
    WHERE workspace_id = %(workspace_id)s AND signed_up_on >= %(first)s AND signed_up_on <= %(last)s
    UNION ALL
    SELECT person_id, signed_up_on
    FROM analytics_bot
    WHERE
        %(bots)s AND workspace_id = %(workspace_id)s
        AND signed_up_on >= %(first)s AND signed_up_on <= %(last)s
),

earned AS (
    SELECT coalesce(link.person_id, account.person_id) AS person_id, sum(transfer.amount) AS points
    FROM economy_transfer AS transfer
    INNER JOIN economy_account AS account ON account.id = transfer.to_account_id AND account.person_id IS NOT NULL
    INNER JOIN economy_account AS place ON place.id = transfer.from_account_id AND place.kind <> 'person'
    LEFT JOIN ingestion_identitylink AS link ON link.actor_id = account.person_id
    WHERE transfer.workspace_id = %(workspace_id)s AND transfer.occurred_at < %(until)s
    GROUP BY 1
)

SELECT signed_up.signed_up_on, sum(earned.points)::bigint AS points
FROM signed_up
INNER JOIN earned ON earned.person_id = signed_up.person_id
GROUP BY 1

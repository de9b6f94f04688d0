-- How often people were at it again after each kind of action: decided in [start, end), and so long ago that the time of
-- a repetition is over.
-- Row: kind; actions against somebody; of these, those after which a case about the same person was opened within the
-- time that was decided against them as well.
-- What was taken back or overturned counts for nothing, and neither does what happened by itself.
-- Parameters: workspace_id, start, end, within (interval)
WITH done AS (
    SELECT
        action.kind,
        action.case_id,
        action.decided_at,
        coalesce(link.person_id, action.person_id) AS person_id
    FROM moderation_action AS action
    LEFT JOIN ingestion_identitylink AS link
        ON link.workspace_id = action.workspace_id AND link.actor_id = action.person_id
    WHERE
        action.workspace_id = %(workspace_id)s
        AND action.decided_at >= %(start)s
        AND action.kind IN ('warn', 'hide', 'remove', 'suspend', 'ban')
        AND action.person_id IS NOT NULL AND action.undone_at IS NULL AND NOT action.automated
),

offence AS (
    SELECT DISTINCT
        done.person_id,
        reported.opened_at
    FROM done
    INNER JOIN moderation_case AS reported ON reported.id = done.case_id
)

SELECT
    done.kind,
    count(*),
    count(*) FILTER (
        WHERE EXISTS (
            SELECT FROM offence
            WHERE
                offence.person_id = done.person_id
                AND offence.opened_at > done.decided_at AND offence.opened_at <= done.decided_at + %(within)s
        )
    )
FROM done
WHERE done.decided_at < %(end)s
GROUP BY 1

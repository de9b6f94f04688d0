-- Who joined and left which community, by day (metrics.md). A group call says that its person is a member.
-- Row: one person, community and day of the workspace's zone with a join or leave; bots and test accounts are left out.
-- What happens at the same instant is taken in the order of arrival. Replaces the rows of the range and returns the
-- later days on which a row that changed may change who is a member: those of the person's next join or leave and,
-- before it, those on which the person was active.
-- Parameters: workspace_id, bucket_start, bucket_end, date_start, date_end, time_zone, membership_types
WITH said AS (
    SELECT
        event.person_id,
        event.community_id,
        (event.occurred_at AT TIME ZONE %(time_zone)s)::date AS date,
        event.counts_as <> 'communities_left' AS joins,
        event.occurred_at,
        event.received_at,
        event.event_id
    FROM ingestion_person_event AS event
    WHERE
        event.workspace_id = %(workspace_id)s
        AND event.occurred_at >= %(bucket_start)s AND event.occurred_at < %(bucket_end)s
        AND event.event_type_id = ANY(%(membership_types)s)
        AND event.community_id IS NOT NULL AND NOT event.excluded
),

followed AS (
    SELECT
        *,
        lag(joins) OVER day AS joined_before
    FROM said
    WINDOW day AS (PARTITION BY person_id, community_id, date ORDER BY occurred_at, received_at, event_id)
),

known AS (
    SELECT
        person_id,
        community_id,
        date,
        bool_or(joins) FILTER (WHERE joined_before IS NULL) AS begins_with_join,
        (array_agg(joins ORDER BY occurred_at DESC, received_at DESC, event_id DESC))[1] AS is_member,
        count(*) FILTER (WHERE joins AND NOT joined_before) AS joins,
        count(*) FILTER (WHERE NOT joins AND joined_before) AS leaves
    FROM followed
    GROUP BY 1, 2, 3
),

gone AS (
    DELETE FROM membership_daily AS old
    WHERE
        old.workspace_id = %(workspace_id)s
        AND old.date >= %(date_start)s AND old.date < %(date_end)s
        AND NOT EXISTS (
            SELECT FROM known
            WHERE
                known.person_id = old.person_id
                AND known.community_id = old.community_id AND known.date = old.date
        )
    RETURNING old.person_id, old.community_id
),

written AS (
    INSERT INTO membership_daily AS old (
        person_id, community_id, date, workspace_id, begins_with_join, is_member, joins, leaves
    )
    SELECT person_id, community_id, date, %(workspace_id)s, begins_with_join, is_member, joins, leaves
    FROM known
    ON CONFLICT (person_id, community_id, date) DO UPDATE
        SET
            begins_with_join = excluded.begins_with_join,
            is_member = excluded.is_member,
            joins = excluded.joins,
            leaves = excluded.leaves
        WHERE
            (old.begins_with_join, old.is_member, old.joins, old.leaves)
            IS DISTINCT FROM (excluded.begins_with_join, excluded.is_member, excluded.joins, excluded.leaves)
    RETURNING person_id, community_id
),

changed AS (
    SELECT
        other.person_id,
        (
            SELECT min(later.date)
            FROM membership_daily AS later
            WHERE
                later.person_id = other.person_id AND later.community_id = other.community_id
                AND later.date >= %(date_end)s
        ) AS until
    FROM (SELECT * FROM gone UNION SELECT * FROM written) AS other
)

SELECT until FROM changed WHERE until IS NOT NULL
UNION
SELECT activity.date
FROM changed
INNER JOIN user_activity_daily AS activity ON activity.person_id = changed.person_id
WHERE
    activity.workspace_id = %(workspace_id)s
    AND activity.date >= %(date_end)s AND activity.date < coalesce(changed.until, 'infinity')
    AND activity.active_events > 0 AND NOT activity.excluded

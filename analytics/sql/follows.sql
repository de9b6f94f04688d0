-- Who followed and unfollowed whom (metrics.md 1).
-- Row: one follower, followed person and day of the workspace's zone with any such event: the last of the day. change
-- is against the pair's row before, whenever that was. Bots, test accounts and oneself are left out.
-- Returns the days after the range of rows whose change is another one now: the next of each pair.
-- Parameters: workspace_id, bucket_start, bucket_end, date_start, date_end, time_zone, follow_types
WITH told AS (
    SELECT DISTINCT ON (follower_id, followed_id, date) *
    FROM (
        SELECT
            event.person_id AS follower_id,
            coalesce(link.person_id, event.object_author) AS followed_id,
            (event.occurred_at AT TIME ZONE %(time_zone)s)::date AS date,
            NOT event.is_opposite AS follows,
            event.occurred_at,
            event.received_at,
            event.event_id
        FROM ingestion_person_event AS event
        LEFT JOIN ingestion_identitylink AS link ON link.actor_id = event.object_author
        WHERE
            event.workspace_id = %(workspace_id)s
            AND event.event_type_id = any(%(follow_types)s)
            AND event.occurred_at >= %(bucket_start)s AND event.occurred_at < %(bucket_end)s
            AND event.object_author IS NOT NULL
            AND NOT event.excluded
    ) AS event
    WHERE follower_id <> followed_id
    ORDER BY follower_id, followed_id, date, occurred_at DESC, received_at DESC, event_id DESC
),

old AS (
    SELECT follower_id, followed_id, date
    FROM analytics_follow
    WHERE workspace_id = %(workspace_id)s AND date >= %(date_start)s AND date < %(date_end)s
),

pair AS (
    SELECT
        pair.follower_id,
        pair.followed_id,
        coalesce(before.follows, false) AS followed_before,
        after.date AS next_date,
        after.follows AS next_follows
    FROM (
        SELECT follower_id, followed_id FROM told
        UNION
        SELECT follower_id, followed_id FROM old
    ) AS pair
    LEFT JOIN LATERAL (
        SELECT one.workspace_id, one.follows
        FROM analytics_follow AS one
        WHERE
            one.follower_id = pair.follower_id AND one.followed_id = pair.followed_id
            AND one.date < %(date_start)s
        ORDER BY one.date DESC
        LIMIT 1
    ) AS before ON before.workspace_id = %(workspace_id)s
    LEFT JOIN LATERAL (
        SELECT one.workspace_id, one.date, one.follows
        FROM analytics_follow AS one
        WHERE
            one.follower_id = pair.follower_id AND one.followed_id = pair.followed_id
            AND one.date >= %(date_end)s
        ORDER BY one.date
        LIMIT 1
    ) AS after ON after.workspace_id = %(workspace_id)s
),

fresh AS (
    SELECT
        told.follower_id,
        told.followed_id,
        told.date,
        told.follows,
        told.follows::integer - coalesce(lag(told.follows) OVER days, pair.followed_before)::integer AS change,
        lead(told.date) OVER days IS NULL AS is_last
    FROM told
    JOIN pair ON pair.follower_id = told.follower_id AND pair.followed_id = told.followed_id
    WINDOW days AS (PARTITION BY told.follower_id, told.followed_id ORDER BY told.date)
),

gone AS (
    DELETE FROM analytics_follow AS follow
    USING old
    WHERE
        follow.follower_id = old.follower_id AND follow.followed_id = old.followed_id AND follow.date = old.date
        AND NOT EXISTS (
            SELECT FROM fresh
            WHERE
                fresh.follower_id = old.follower_id
                AND fresh.followed_id = old.followed_id
                AND fresh.date = old.date
        )
),

written AS (
    INSERT INTO analytics_follow (workspace_id, follower_id, followed_id, date, follows, change)
    SELECT %(workspace_id)s, follower_id, followed_id, date, follows, change
    FROM fresh
    ON CONFLICT (follower_id, followed_id, date) DO UPDATE SET follows = excluded.follows, change = excluded.change
),

next AS (
    UPDATE analytics_follow AS follow
    SET change = pair.next_follows::integer - coalesce(fresh.follows, pair.followed_before)::integer
    FROM pair
    LEFT JOIN fresh ON fresh.follower_id = pair.follower_id AND fresh.followed_id = pair.followed_id AND fresh.is_last
    WHERE
        follow.follower_id = pair.follower_id
        AND follow.followed_id = pair.followed_id
        AND follow.date = pair.next_date
        AND follow.change <> pair.next_follows::integer - coalesce(fresh.follows, pair.followed_before)::integer
    RETURNING follow.date
)

SELECT DISTINCT date FROM next

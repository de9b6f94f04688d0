-- What trends at an instant (metrics.md 2).
-- Row: one content object created in the window and not deleted by then, highest score first. Units: counts, points,
-- hours, points by hour.
-- Days before filled_to are read from the rollups, what happened from events_from to the instant from the events.
-- Parameters: workspace_id, at, since, events_from (instants), filled_to (day), content_type, with_bots, like_points,
-- comment_points, floor_hours, limit
WITH fresh AS MATERIALIZED (
    SELECT
        content_type,
        content_id,
        min(occurred_at) FILTER (WHERE act = 'created') AS created_at,
        bool_or(act = 'deleted') AS is_deleted,
        max(coalesce(author_id, person_id)::text) FILTER (WHERE act = 'created') AS author,
        max(community_id) FILTER (WHERE act = 'created') AS community_id,
        count(*) FILTER (WHERE act = 'like' AND NOT is_opposite AND person_id IS NOT NULL)
        - count(*) FILTER (WHERE act = 'like' AND is_opposite AND person_id IS NOT NULL) AS likes,
        count(*) FILTER (WHERE act = 'comment' AND NOT is_opposite AND person_id IS NOT NULL) AS comments
    FROM ingestion_content_event
    WHERE
        workspace_id = %(workspace_id)s
        AND occurred_at >= %(events_from)s AND occurred_at <= %(at)s
        AND event_type_id = ANY(
            ARRAY(
                SELECT id
                FROM ingestion_content_event_type
                WHERE workspace_id = %(workspace_id)s AND act IN ('created', 'deleted', 'like', 'comment')
            )
        )
        AND (%(with_bots)s OR NOT excluded)
        AND (%(content_type)s = '' OR content_type = %(content_type)s)
    GROUP BY 1, 2
),

filled AS MATERIALIZED (
    SELECT content_type, content_id, author_id, community_id, created_at, deleted_at
    FROM content
    WHERE
        workspace_id = %(workspace_id)s
        AND created_at >= %(since)s AND created_at <= %(at)s
        -- What is of a later day stands in the events as it is by now.
        AND created_at < %(events_from)s AND NOT %(with_bots)s
        AND (%(content_type)s = '' OR content_type = %(content_type)s)
),

candidates AS (
    SELECT
        content_type,
        content_id,
        least(filled.created_at, fresh.created_at) AS created_at,
        coalesce(filled.author_id, fresh.author::uuid) AS author_id,
        coalesce(filled.community_id, fresh.community_id) AS community_id,
        coalesce(fresh.likes, 0) AS likes,
        coalesce(fresh.comments, 0) AS comments
    FROM filled
    FULL JOIN fresh USING (content_type, content_id)
    WHERE
        least(filled.created_at, fresh.created_at) >= %(since)s
        AND NOT coalesce(filled.deleted_at <= %(at)s AND filled.deleted_at < %(events_from)s, false)
        AND NOT coalesce(fresh.is_deleted, false)
        -- Created again is not created.
        AND NOT EXISTS (
            SELECT
            FROM content
            WHERE
                content.workspace_id = %(workspace_id)s
                AND content.content_type = fresh.content_type AND content.content_id = fresh.content_id
                AND content.created_at < %(since)s
        )
),

counted AS (
    SELECT
        candidates.content_type,
        candidates.content_id,
        candidates.author_id,
        candidates.community_id,
        candidates.created_at,
        greatest(coalesce(before.likes, 0) + candidates.likes, 0) AS likes,
        coalesce(before.comments, 0) + candidates.comments AS comments,
        greatest(
            extract(EPOCH FROM %(at)s - candidates.created_at)::double precision / 3600, %(floor_hours)s
        ) AS hours
    FROM candidates
    LEFT JOIN LATERAL (
        SELECT daily.likes, daily.comments
        FROM content_performance_daily AS daily
        WHERE
            daily.workspace_id = %(workspace_id)s
            AND daily.content_type = candidates.content_type AND daily.content_id = candidates.content_id
            AND daily.date < %(filled_to)s
        ORDER BY daily.date DESC
        LIMIT 1
    ) AS before ON NOT %(with_bots)s
)

SELECT
    content_type,
    content_id,
    author_id,
    community_id,
    created_at,
    likes,
    comments,
    (%(like_points)s * likes + %(comment_points)s * comments)::double precision AS points,
    hours,
    (%(like_points)s * likes + %(comment_points)s * comments) / hours AS score
FROM counted
ORDER BY score DESC, created_at DESC, content_type, content_id
LIMIT %(limit)s

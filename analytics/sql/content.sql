-- Content objects: whose each is, where and when it was created and deleted, and its counts of all time.
-- Row: one content object. Replaces those that the days of the range can have changed: by one look each at the first,
-- the last and the deleting day of a content object, however many lie between.
-- Returns the days on which what is deleted, or was, had been created.
-- Parameters: workspace_id, bucket_start, bucket_end, date_start, date_end, time_zone
WITH touched AS MATERIALIZED (
    SELECT content_type, content_id
    FROM content_performance_daily
    WHERE workspace_id = %(workspace_id)s AND date >= %(date_start)s AND date < %(date_end)s
    UNION
    SELECT content_type, content_id
    FROM content
    WHERE workspace_id = %(workspace_id)s AND last_on >= %(date_start)s AND last_on < %(date_end)s
    UNION
    SELECT content_type, content_id
    FROM content
    WHERE workspace_id = %(workspace_id)s AND created_at >= %(bucket_start)s AND created_at < %(bucket_end)s
    UNION
    SELECT content_type, content_id
    FROM content
    WHERE workspace_id = %(workspace_id)s AND deleted_at >= %(bucket_start)s AND deleted_at < %(bucket_end)s
),

-- last_on is NULL where nothing is known of it any more.
-- From here on the workspace is selected, so that the planner does not see which it is: of one without statistics it
-- expects a single row, and then it reads all that the workspace has once for each content object.
known AS MATERIALIZED (
    SELECT
        touched.content_type,
        touched.content_id,
        coalesce(creation.author_id, last_day.author_id) AS author_id,
        coalesce(creation.community_id, last_day.community_id) AS community_id,
        coalesce(creation.tags, '{}') AS tags,
        creation.created_at,
        deletion.deleted_at,
        last_day.views,
        last_day.unique_views,
        last_day.likes,
        last_day.comments,
        last_day.shares,
        last_day.saves,
        last_day.date AS last_on
    FROM touched
    LEFT JOIN LATERAL (
        SELECT *
        FROM content_performance_daily AS daily
        WHERE
            daily.workspace_id = (SELECT %(workspace_id)s)
            AND daily.content_type = touched.content_type AND daily.content_id = touched.content_id
        ORDER BY daily.date DESC
        LIMIT 1
    ) AS last_day ON true
    LEFT JOIN LATERAL (
        SELECT daily.created_at, daily.author_id, daily.community_id, daily.tags
        FROM content_performance_daily AS daily
        WHERE
            daily.workspace_id = (SELECT %(workspace_id)s)
            AND daily.content_type = touched.content_type AND daily.content_id = touched.content_id
            AND daily.created_at IS NOT NULL
        ORDER BY daily.date
        LIMIT 1
    ) AS creation ON true
    LEFT JOIN LATERAL (
        SELECT daily.deleted_at
        FROM content_performance_daily AS daily
        WHERE
            daily.workspace_id = (SELECT %(workspace_id)s)
            AND daily.content_type = touched.content_type AND daily.content_id = touched.content_id
            AND daily.deleted_at IS NOT NULL
        ORDER BY daily.date
        LIMIT 1
    ) AS deletion ON true
),

gone AS (
    DELETE FROM content
    USING known
    WHERE
        content.workspace_id = (SELECT %(workspace_id)s)
        AND content.content_type = known.content_type AND content.content_id = known.content_id
        AND known.last_on IS NULL
    RETURNING content.created_at, content.deleted_at
),

written AS (
    INSERT INTO content (
        workspace_id, content_type, content_id, author_id, community_id, tags, created_at, deleted_at,
        views, unique_views, likes, comments, shares, saves, last_on, calculated_at
    )
    SELECT
        %(workspace_id)s,
        content_type,
        content_id,
        author_id,
        community_id,
        tags,
        created_at,
        deleted_at,
        views,
        unique_views,
        likes,
        comments,
        shares,
        saves,
        last_on,
        now()
    FROM known
    WHERE last_on IS NOT NULL AND NOT EXISTS (
        SELECT
        FROM content
        WHERE
            content.workspace_id = (SELECT %(workspace_id)s)
            AND content.content_type = known.content_type AND content.content_id = known.content_id
            AND (
                content.author_id, content.community_id, content.tags, content.created_at, content.deleted_at,
                content.views, content.unique_views, content.likes, content.comments, content.shares, content.saves,
                content.last_on
            ) IS NOT DISTINCT FROM (
                known.author_id, known.community_id, known.tags, known.created_at, known.deleted_at,
                known.views, known.unique_views, known.likes, known.comments, known.shares, known.saves,
                known.last_on
            )
    )
    ON CONFLICT (workspace_id, content_type, content_id) DO UPDATE
        SET
            author_id = excluded.author_id,
            community_id = excluded.community_id,
            tags = excluded.tags,
            created_at = excluded.created_at,
            deleted_at = excluded.deleted_at,
            views = excluded.views,
            unique_views = excluded.unique_views,
            likes = excluded.likes,
            comments = excluded.comments,
            shares = excluded.shares,
            saves = excluded.saves,
            last_on = excluded.last_on,
            calculated_at = excluded.calculated_at
    RETURNING content_type, content_id, created_at, deleted_at
)

-- What is deleted does not count on the day of its creation any more, and what is not after all does again.
SELECT (created_at AT TIME ZONE %(time_zone)s)::date
FROM (
    SELECT created_at, deleted_at FROM gone
    UNION
    SELECT created_at, deleted_at FROM written
    UNION
    SELECT old.created_at, old.deleted_at
    FROM written
    CROSS JOIN LATERAL (
        SELECT created_at, deleted_at
        FROM content
        WHERE
            workspace_id = (SELECT %(workspace_id)s)
            AND content_type = written.content_type AND content_id = written.content_id
        OFFSET 0
    ) AS old
) AS changed
WHERE created_at IS NOT NULL AND deleted_at IS NOT NULL
GROUP BY 1

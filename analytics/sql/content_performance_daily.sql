-- What was done to each content object by day (metrics.md 2), and who has viewed it.
-- Row: one content object and day of the workspace's zone with any act of people on it, or its creation or deletion by
-- anybody. Units: counts; at the end of the day, and their change since the day before. Bots and test accounts are
-- left out.
-- Replaces the rows of the range, moves first views (analytics_contentviewer), and adds what changed to the counts of
-- later days, of those content objects alone: it costs what the range holds, however long the history is. So that it
-- does, what is older or later is looked up by key: subqueries with a limit, and arrays, leave the planner no choice.
-- Returns days beyond the range whose row is the last of content that has lost all of its rows in the range.
-- Parameters: workspace_id, bucket_start, bucket_end, date_start, date_end, time_zone
WITH done AS MATERIALIZED (
    SELECT
        content_type,
        content_id,
        (occurred_at AT TIME ZONE %(time_zone)s)::date AS date,
        person_id,
        count(*) FILTER (WHERE act = 'view' AND NOT is_opposite) AS views,
        count(*) FILTER (WHERE act = 'like' AND NOT is_opposite)
        - count(*) FILTER (WHERE act = 'like' AND is_opposite) AS likes,
        count(*) FILTER (WHERE act = 'comment' AND NOT is_opposite) AS comments,
        count(*) FILTER (WHERE act = 'share' AND NOT is_opposite) AS shares,
        count(*) FILTER (WHERE act = 'save' AND NOT is_opposite)
        - count(*) FILTER (WHERE act = 'save' AND is_opposite) AS saves,
        min(occurred_at) FILTER (WHERE act = 'created') AS created_at,
        min(occurred_at) FILTER (WHERE act = 'deleted') AS deleted_at,
        max(coalesce(author_id, person_id)::text) FILTER (WHERE act = 'created') AS creator,
        max(author_id::text) AS author,
        max(community_id) FILTER (WHERE act = 'created') AS home,
        max(community_id) AS community,
        max(tags::text) AS tags,
        max(country) AS country
    FROM ingestion_content_event
    WHERE
        workspace_id = %(workspace_id)s
        AND occurred_at >= %(bucket_start)s AND occurred_at < %(bucket_end)s
        -- As an array that is known when it runs, so that the index on workspace and type serves.
        AND event_type_id = ANY(
            ARRAY(SELECT id FROM ingestion_content_event_type WHERE workspace_id = %(workspace_id)s)
        )
        AND NOT excluded
    GROUP BY 1, 2, 3, 4
),

-- Nobody's acts count for nothing, but machines create and delete.
days AS MATERIALIZED (
    SELECT
        content_type,
        content_id,
        date,
        coalesce(sum(views) FILTER (WHERE person_id IS NOT NULL), 0) AS views,
        coalesce(sum(likes) FILTER (WHERE person_id IS NOT NULL), 0) AS likes,
        coalesce(sum(comments) FILTER (WHERE person_id IS NOT NULL), 0) AS comments,
        coalesce(sum(shares) FILTER (WHERE person_id IS NOT NULL), 0) AS shares,
        coalesce(sum(saves) FILTER (WHERE person_id IS NOT NULL), 0) AS saves,
        min(created_at) AS created_at,
        min(deleted_at) AS deleted_at,
        coalesce(max(creator), max(author))::uuid AS author_id,
        coalesce(max(home), max(community)) AS community_id,
        max(tags)::jsonb AS tags
    FROM done
    GROUP BY 1, 2, 3
    HAVING bool_or(person_id IS NOT NULL) OR min(created_at) IS NOT NULL OR min(deleted_at) IS NOT NULL
),

countries AS (
    SELECT content_type, content_id, date, jsonb_object_agg(country, people) AS countries
    FROM (
        SELECT content_type, content_id, date, country, count(*) AS people
        FROM done
        WHERE country IS NOT NULL AND person_id IS NOT NULL
        GROUP BY 1, 2, 3, 4
    ) AS by_country
    GROUP BY 1, 2, 3
),

viewed AS MATERIALIZED (
    SELECT
        md5(%(workspace_id)s || chr(31) || content_type || chr(31) || content_id)::uuid AS content_key,
        content_type,
        content_id,
        person_id,
        min(date) AS date
    FROM done
    WHERE views > 0 AND person_id IS NOT NULL
    GROUP BY 2, 3, 4
),

-- Views of the range that are the first of their person: day of it, and what was taken for it so far.
first_views AS MATERIALIZED (
    SELECT viewed.*, viewer.first_on AS was_on
    FROM viewed
    LEFT JOIN LATERAL (
        SELECT known.first_on
        FROM analytics_contentviewer AS known
        WHERE known.content_key = viewed.content_key AND known.person_id = viewed.person_id
        LIMIT 1
    ) AS viewer ON true
    WHERE viewer.first_on IS NULL OR viewer.first_on >= %(date_start)s
),

-- First views that are in the range no more: of people who were merged, or of events that were taken out.
lost AS MATERIALIZED (
    SELECT content_key, person_id
    FROM analytics_contentviewer
    WHERE workspace_id = %(workspace_id)s AND first_on >= %(date_start)s AND first_on < %(date_end)s
    EXCEPT
    SELECT content_key, person_id FROM viewed
),

-- Their next ones after the range.
next_views AS MATERIALIZED (
    SELECT
        lost.content_key,
        event.content_type,
        event.content_id,
        lost.person_id,
        min((event.occurred_at AT TIME ZONE %(time_zone)s)::date) AS date
    FROM lost
    INNER JOIN ingestion_content_event AS event
        ON
            event.person_id = lost.person_id
            AND md5(%(workspace_id)s || chr(31) || event.content_type || chr(31) || event.content_id)::uuid
            = lost.content_key
    WHERE
        event.actor_id = ANY(
            ARRAY(
                SELECT person_id FROM lost
                UNION
                SELECT link.actor_id
                FROM ingestion_identitylink AS link
                INNER JOIN lost ON lost.person_id = link.person_id
            )
        )
        AND event.workspace_id = %(workspace_id)s
        AND event.occurred_at >= %(bucket_end)s
        AND event.act = 'view' AND NOT event.is_opposite AND NOT event.excluded
    GROUP BY 1, 2, 3, 4
),

forgotten AS (
    DELETE FROM analytics_contentviewer AS viewer
    USING lost
    WHERE
        viewer.content_key = lost.content_key AND viewer.person_id = lost.person_id
        AND viewer.workspace_id = %(workspace_id)s
        AND viewer.first_on >= %(date_start)s AND viewer.first_on < %(date_end)s
        AND NOT EXISTS (
            SELECT FROM next_views AS next
            WHERE next.content_key = lost.content_key AND next.person_id = lost.person_id
        )
),

remembered AS (
    INSERT INTO analytics_contentviewer AS viewer (content_key, person_id, workspace_id, first_on)
    SELECT content_key, person_id, %(workspace_id)s, date FROM first_views WHERE was_on IS DISTINCT FROM date
    UNION ALL
    SELECT content_key, person_id, %(workspace_id)s, date FROM next_views
    ON CONFLICT (content_key, person_id) DO UPDATE SET first_on = excluded.first_on
),

-- What moved into the range, or out of it, as later days see it. Those that are still to be filled count for themselves.
shifts AS MATERIALIZED (
    SELECT shift.content_type, shift.content_id, shift.date, sum(shift.people) AS people
    FROM (
        SELECT content_type, content_id, was_on AS date, -1 AS people
        FROM first_views
        WHERE was_on >= %(date_end)s
        UNION ALL
        SELECT content_type, content_id, date, 1 FROM next_views
    ) AS shift
    CROSS JOIN LATERAL (
        SELECT
        FROM content_performance_daily AS daily
        WHERE
            daily.workspace_id = (SELECT %(workspace_id)s)
            AND daily.content_type = shift.content_type AND daily.content_id = shift.content_id
            AND daily.date = shift.date
        LIMIT 1
    ) AS filled_day
    GROUP BY 1, 2, 3
),

fresh AS MATERIALIZED (
    SELECT days.*, coalesce(firsts.people, 0) AS unique_views
    FROM days
    LEFT JOIN (
        SELECT content_type, content_id, date, count(*) AS people FROM first_views GROUP BY 1, 2, 3
    ) AS firsts USING (content_type, content_id, date)
),

base AS (
    SELECT content.content_type, content.content_id, before.*
    FROM (SELECT DISTINCT content_type, content_id FROM days) AS content
    CROSS JOIN LATERAL (
        SELECT
            earlier.views AS base_views,
            earlier.unique_views AS base_unique_views,
            earlier.likes AS base_likes,
            earlier.comments AS base_comments,
            earlier.shares AS base_shares,
            earlier.saves AS base_saves
        FROM content_performance_daily AS earlier
        WHERE
            -- Selected, so that the planner does not see which it is: of one without statistics it expects a single row,
            -- and then it reads all that the workspace has once for each content object.
            earlier.workspace_id = (SELECT %(workspace_id)s)
            AND earlier.content_type = content.content_type AND earlier.content_id = content.content_id
            AND earlier.date < %(date_start)s
        ORDER BY earlier.date DESC
        LIMIT 1
    ) AS before
),

old AS MATERIALIZED (
    SELECT *
    FROM content_performance_daily
    WHERE workspace_id = %(workspace_id)s AND date >= %(date_start)s AND date < %(date_end)s
),

filled AS (
    SELECT
        content_type,
        content_id,
        date,
        coalesce(base_views, 0) + sum(views) OVER content AS views,
        coalesce(base_unique_views, 0) + sum(unique_views) OVER content AS unique_views,
        coalesce(base_likes, 0) + sum(likes) OVER content AS likes,
        coalesce(base_comments, 0) + sum(comments) OVER content AS comments,
        coalesce(base_shares, 0) + sum(shares) OVER content AS shares,
        coalesce(base_saves, 0) + sum(saves) OVER content AS saves,
        views AS views_delta,
        unique_views AS unique_views_delta,
        likes AS likes_delta,
        comments AS comments_delta,
        shares AS shares_delta,
        saves AS saves_delta,
        created_at,
        deleted_at,
        author_id,
        community_id,
        CASE
            WHEN jsonb_typeof(tags) = 'array' THEN ARRAY(
                SELECT DISTINCT lower(ltrim(btrim(tag #>> '{}'), '#')) AS name
                FROM jsonb_array_elements(tags) AS tag
                WHERE jsonb_typeof(tag) = 'string' AND ltrim(btrim(tag #>> '{}'), '#') <> ''
                ORDER BY 1
            )
        END AS tags,
        countries
    FROM fresh
    LEFT JOIN base USING (content_type, content_id)
    LEFT JOIN countries USING (content_type, content_id, date)
    WINDOW content AS (PARTITION BY content_type, content_id ORDER BY date)
),

-- Rows whose acts are all gone. EXCEPT hashes whatever the planner believes of `days`, so it never compares all with all.
gone AS (
    DELETE FROM content_performance_daily AS daily
    USING (
        SELECT content_type, content_id, date FROM old
        EXCEPT
        SELECT content_type, content_id, date FROM days
    ) AS empty
    WHERE
        daily.workspace_id = %(workspace_id)s AND daily.content_type = empty.content_type
        AND daily.content_id = empty.content_id AND daily.date = empty.date
        AND daily.date >= %(date_start)s AND daily.date < %(date_end)s
),

written AS (
    INSERT INTO content_performance_daily AS daily (
        workspace_id, content_type, content_id, date,
        views, unique_views, likes, comments, shares, saves,
        views_delta, unique_views_delta, likes_delta, comments_delta, shares_delta, saves_delta,
        created_at, deleted_at, author_id, community_id, tags, countries, calculated_at
    )
    SELECT %(workspace_id)s, filled.*, now()
    FROM filled
    LEFT JOIN old USING (content_type, content_id, date)
    -- The day under way is filled every hour: what stayed as it was is not written again.
    WHERE
        old.date IS NULL
        OR (
            filled.views, filled.unique_views, filled.likes, filled.comments, filled.shares, filled.saves,
            filled.views_delta, filled.unique_views_delta, filled.likes_delta, filled.comments_delta,
            filled.shares_delta, filled.saves_delta, filled.created_at, filled.deleted_at, filled.author_id,
            filled.community_id, filled.tags, filled.countries
        ) IS DISTINCT FROM (
            old.views, old.unique_views, old.likes, old.comments, old.shares, old.saves,
            old.views_delta, old.unique_views_delta, old.likes_delta, old.comments_delta,
            old.shares_delta, old.saves_delta, old.created_at, old.deleted_at, old.author_id,
            old.community_id, old.tags, old.countries
        )
    ON CONFLICT (workspace_id, content_type, content_id, date) DO UPDATE
        SET
            views = excluded.views,
            unique_views = excluded.unique_views,
            likes = excluded.likes,
            comments = excluded.comments,
            shares = excluded.shares,
            saves = excluded.saves,
            views_delta = excluded.views_delta,
            unique_views_delta = excluded.unique_views_delta,
            likes_delta = excluded.likes_delta,
            comments_delta = excluded.comments_delta,
            shares_delta = excluded.shares_delta,
            saves_delta = excluded.saves_delta,
            created_at = excluded.created_at,
            deleted_at = excluded.deleted_at,
            author_id = excluded.author_id,
            community_id = excluded.community_id,
            tags = excluded.tags,
            countries = excluded.countries,
            calculated_at = excluded.calculated_at
),

changes AS MATERIALIZED (
    SELECT
        content_type,
        content_id,
        sum(views) AS views,
        sum(unique_views) AS unique_views,
        sum(likes) AS likes,
        sum(comments) AS comments,
        sum(shares) AS shares,
        sum(saves) AS saves
    FROM (
        SELECT content_type, content_id, views, unique_views, likes, comments, shares, saves FROM fresh
        UNION ALL
        SELECT
            content_type,
            content_id,
            -views_delta,
            -unique_views_delta,
            -likes_delta,
            -comments_delta,
            -shares_delta,
            -saves_delta
        FROM old
        UNION ALL
        SELECT content_type, content_id, 0, 0, 0, 0, 0, 0 FROM shifts
    ) AS part
    GROUP BY 1, 2
    HAVING
        sum(views) <> 0 OR sum(unique_views) <> 0 OR sum(likes) <> 0
        OR sum(comments) <> 0 OR sum(shares) <> 0 OR sum(saves) <> 0
        OR EXISTS (
            SELECT FROM shifts
            WHERE shifts.content_type = part.content_type AND shifts.content_id = part.content_id
        )
),

later AS (
    UPDATE content_performance_daily AS daily
    SET
        views = daily.views + changes.views,
        unique_views = daily.unique_views + changes.unique_views + coalesce((
            SELECT sum(shifts.people)
            FROM shifts
            WHERE
                shifts.content_type = daily.content_type AND shifts.content_id = daily.content_id
                AND shifts.date <= daily.date
        ), 0),
        unique_views_delta = daily.unique_views_delta + coalesce((
            SELECT sum(shifts.people)
            FROM shifts
            WHERE
                shifts.content_type = daily.content_type AND shifts.content_id = daily.content_id
                AND shifts.date = daily.date
        ), 0),
        likes = daily.likes + changes.likes,
        comments = daily.comments + changes.comments,
        shares = daily.shares + changes.shares,
        saves = daily.saves + changes.saves,
        calculated_at = now()
    FROM changes
    WHERE
        daily.workspace_id = %(workspace_id)s
        AND daily.content_type = changes.content_type AND daily.content_id = changes.content_id
        AND daily.content_type = ANY(ARRAY(SELECT DISTINCT content_type FROM changes))
        AND daily.content_id = ANY(ARRAY(SELECT DISTINCT content_id FROM changes))
        AND daily.date >= %(date_end)s
        -- Of the newest day, which is filled most, this spares a look for each content object.
        AND (
            SELECT max(date) FROM content_performance_daily WHERE workspace_id = %(workspace_id)s
        ) >= %(date_end)s
    RETURNING daily.content_type, daily.content_id, daily.date
)

SELECT DISTINCT max(later.date)
FROM later
WHERE
    NOT EXISTS (
        SELECT FROM days
        WHERE days.content_type = later.content_type AND days.content_id = later.content_id
    )
GROUP BY later.content_type, later.content_id

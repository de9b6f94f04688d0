-- Who took part in a day or week and in the one before, and how much, from the events alone.
-- Row: a column of the platform by day, week or month; number. What is deleted by now, by a machine too, was not made.
-- Parameters: workspace_id, day_start, day_end, before_start (instants), not_counted, nobody, opposite (bits of flags)
WITH deleted AS MATERIALIZED (
    SELECT DISTINCT
        coalesce(nullif(kind.object_type, ''), 'post') AS content_type,
        event.object_id
    FROM ingestion_event AS event
    INNER JOIN ingestion_eventtype AS kind ON kind.id = event.event_type_id
    WHERE
        event.workspace_id = %(workspace_id)s AND kind.counts_as = 'content_deleted' AND event.object_id IS NOT NULL
        AND event.flags & (%(not_counted)s & ~%(nobody)s) = 0
        AND NOT EXISTS (
            SELECT FROM ingestion_excludedactor AS test_account
            WHERE test_account.actor_id = event.actor_id AND event.occurred_at <@ test_account.spans
        )
),

did AS (
    SELECT
        coalesce(link.person_id, event.actor_id) AS person_id,
        event.occurred_at >= %(day_start)s AS is_now,
        kind.category NOT IN ('system', 'error', 'performance') AS is_active,
        CASE WHEN event.flags & %(opposite)s = 0 THEN kind.counts_as ELSE '' END AS counts_as,
        CASE kind.counts_as
            WHEN 'comments_created' THEN 'comment'
            WHEN 'collections_created' THEN 'collection'
            WHEN 'posts_created' THEN 'post'
            WHEN 'community_posts' THEN 'post'
        END AS made,
        CASE kind.counts_as
            WHEN 'comments_created'
                THEN coalesce(event.properties ->> 'comment_id', event.properties ->> 'commentId')
            ELSE event.object_id
        END AS made_id
    FROM ingestion_event AS event
    INNER JOIN ingestion_eventtype AS kind ON kind.id = event.event_type_id
    LEFT JOIN ingestion_identitylink AS link ON link.actor_id = event.actor_id
    WHERE
        event.workspace_id = %(workspace_id)s
        AND event.occurred_at >= %(before_start)s AND event.occurred_at < %(day_end)s
        AND event.flags & %(not_counted)s = 0
        AND NOT EXISTS (
            SELECT FROM ingestion_excludedactor AS test_account
            WHERE test_account.actor_id = event.actor_id AND event.occurred_at <@ test_account.spans
        )
),

stands AS (
    SELECT
        did.person_id,
        did.is_now,
        did.is_active,
        CASE WHEN deleted.object_id IS NULL THEN did.counts_as ELSE '' END AS counts_as
    FROM did
    LEFT JOIN deleted ON deleted.content_type = did.made AND deleted.object_id = did.made_id
),

person AS (
    SELECT
        coalesce(bool_or(is_active) FILTER (WHERE is_now), false) AS came,
        coalesce(bool_or(is_active) FILTER (WHERE NOT is_now), false) AS came_before,
        count(*) FILTER (WHERE is_now AND counts_as IN ('posts_created', 'community_posts')) AS posts,
        count(*) FILTER (WHERE is_now AND counts_as = 'comments_created') AS comments,
        count(*) FILTER (WHERE is_now AND counts_as = 'votes_given') AS votes,
        count(*) FILTER (WHERE is_now AND counts_as = 'collections_created') AS collections,
        count(*) FILTER (WHERE is_now AND counts_as IN ('profile_views', 'posts_viewed', 'stories_viewed')) AS views
    FROM stands
    GROUP BY person_id
),

told AS (
    SELECT
        count(*) FILTER (WHERE came) AS came,
        count(*) FILTER (WHERE came_before) AS came_before,
        count(*) FILTER (WHERE came AND came_before) AS came_again,
        count(*) FILTER (WHERE posts > 0) AS posters,
        count(*) FILTER (WHERE comments > 0) AS commenters,
        count(*) FILTER (WHERE votes > 0) AS voters,
        count(*) FILTER (WHERE collections > 0) AS collectors,
        count(*) FILTER (WHERE posts + comments > 0) AS social,
        coalesce(sum(posts), 0) AS posts,
        coalesce(sum(comments), 0) AS comments,
        coalesce(sum(votes), 0) AS votes,
        coalesce(sum(collections), 0) AS collections,
        coalesce(sum(views), 0) AS views
    FROM person
)

SELECT
    column_of.name,
    column_of.number::double precision AS number
FROM told
CROSS JOIN LATERAL (
    VALUES
    ('dau', came),
    ('active_people', came),
    ('previous_people', came_before),
    ('retained_people', came_again),
    ('active_posters', posters),
    ('active_commenters', commenters),
    ('active_voters', voters),
    ('active_collectors', collectors),
    ('social_people', social),
    ('posts', posts),
    ('comments', comments),
    ('votes', votes),
    ('collections', collections),
    ('views_given', views),
    ('activities', posts + comments + votes + collections + views)
) AS column_of (name, number)

-- What was done to content on a day, from the events alone. Machines, which are nobody, create posts but do no other act.
-- Row: a column of content by day, number.
-- Parameters: workspace_id, day_start, day_end (instants), not_counted, nobody, opposite (bits of flags)
WITH done AS (
    SELECT
        kind.counts_as,
        kind.object_type,
        event.object_id,
        event.flags & %(nobody)s = 0 AS is_of_person,
        CASE WHEN event.flags & %(opposite)s = 0 THEN 1 ELSE 0 END AS one,
        CASE WHEN event.flags & %(opposite)s = 0 THEN 1 ELSE -1 END AS one_or_back
    FROM ingestion_event AS event
    INNER JOIN ingestion_eventtype AS kind ON kind.id = event.event_type_id
    WHERE
        event.workspace_id = %(workspace_id)s
        AND event.occurred_at >= %(day_start)s AND event.occurred_at < %(day_end)s
        AND event.flags & (%(not_counted)s & ~%(nobody)s) = 0
        AND event.object_id IS NOT NULL
        AND NOT EXISTS (
            SELECT FROM ingestion_excludedactor AS test_account
            WHERE test_account.actor_id = event.actor_id AND event.occurred_at <@ test_account.spans
        )
),

told AS (
    SELECT
        sum(one) FILTER (
            WHERE is_of_person AND counts_as IN ('posts_viewed', 'news_articles_viewed', 'stories_viewed')
        ) AS views,
        sum(one_or_back) FILTER (WHERE is_of_person AND counts_as = 'likes_given') AS likes,
        sum(one) FILTER (WHERE is_of_person AND counts_as = 'comments_created') AS comments,
        sum(one) FILTER (WHERE is_of_person AND counts_as = 'shares') AS shares,
        sum(one_or_back) FILTER (WHERE is_of_person AND counts_as = 'saves') AS saves,
        count(DISTINCT object_id) FILTER (
            WHERE counts_as IN ('posts_created', 'community_posts') AND object_type IN ('', 'post')
        ) AS posts
    FROM done
)

SELECT
    column_of.name,
    coalesce(column_of.number, 0)::double precision AS number
FROM told
CROSS JOIN LATERAL (
    VALUES
    ('views', views),
    ('likes', likes),
    ('comments', comments),
    ('shares', shares),
    ('saves', saves),
    ('engagements', coalesce(likes, 0) + coalesce(comments, 0) + coalesce(shares, 0)),
    ('publications', posts + coalesce(comments, 0))
) AS column_of (name, number)

-- The whole platform by hour.
-- Row: one UTC hour with any counted event; bots and test accounts are left out. Units: counts, people.
-- People are counted by adding up each person's hour: a distinct count would sort all events.
-- Parameters: workspace_id, bucket_start, bucket_end
INSERT INTO hourly_metrics (
    workspace_id, hour, events, active_events, active_people,
    posts_created,
    comments_created,
    likes_given,
    shares,
    follows_made,
    unfollows_made,
    messages_sent,
    profile_views,
    news_articles_viewed,
    trending_items_viewed,
    stories_viewed,
    media_uploaded,
    communities_joined,
    communities_left,
    community_posts,
    posts_viewed,
    pages_viewed,
    collections_created,
    votes_given,
    likes_received,
    signups,
    errors,
    calculated_at
)
SELECT
    %(workspace_id)s,
    hour,
    sum(events),
    sum(active_events),
    count(*) FILTER (WHERE active_events > 0),
    sum(posts_created),
    sum(comments_created),
    sum(likes_given),
    sum(shares),
    sum(follows_made),
    sum(unfollows_made),
    sum(messages_sent),
    sum(profile_views),
    sum(news_articles_viewed),
    sum(trending_items_viewed),
    sum(stories_viewed),
    sum(media_uploaded),
    sum(communities_joined),
    sum(communities_left),
    sum(community_posts),
    sum(posts_viewed),
    sum(pages_viewed),
    sum(collections_created),
    sum(votes_given),
    sum(likes_received),
    sum(signups),
    sum(errors),
    now()
FROM (
    SELECT
        date_trunc('hour', occurred_at, 'UTC') AS hour,
        event.person_id,
        count(*) AS events,
        count(*) FILTER (WHERE is_active) AS active_events,
        count(*) FILTER (WHERE counts_as = 'posts_created' AND NOT is_opposite) AS posts_created,
        count(*) FILTER (WHERE counts_as = 'comments_created' AND NOT is_opposite) AS comments_created,
        count(*) FILTER (WHERE counts_as = 'likes_given' AND NOT is_opposite) AS likes_given,
        count(*) FILTER (WHERE counts_as = 'shares' AND NOT is_opposite) AS shares,
        count(*) FILTER (WHERE counts_as = 'follows_made' AND NOT is_opposite) AS follows_made,
        count(*) FILTER (WHERE counts_as = 'follows_made' AND is_opposite) AS unfollows_made,
        count(*) FILTER (WHERE counts_as = 'messages_sent' AND NOT is_opposite) AS messages_sent,
        count(*) FILTER (WHERE counts_as = 'profile_views' AND NOT is_opposite) AS profile_views,
        count(*) FILTER (WHERE counts_as = 'news_articles_viewed' AND NOT is_opposite) AS news_articles_viewed,
        count(*) FILTER (WHERE counts_as = 'trending_items_viewed' AND NOT is_opposite) AS trending_items_viewed,
        count(*) FILTER (WHERE counts_as = 'stories_viewed' AND NOT is_opposite) AS stories_viewed,
        count(*) FILTER (WHERE counts_as = 'media_uploaded' AND NOT is_opposite) AS media_uploaded,
        count(*) FILTER (WHERE counts_as = 'communities_joined' AND NOT is_opposite) AS communities_joined,
        count(*) FILTER (WHERE counts_as = 'communities_left' AND NOT is_opposite) AS communities_left,
        count(*) FILTER (WHERE counts_as = 'community_posts' AND NOT is_opposite) AS community_posts,
        count(*) FILTER (WHERE counts_as = 'posts_viewed' AND NOT is_opposite) AS posts_viewed,
        count(*) FILTER (WHERE counts_as = 'pages_viewed' AND NOT is_opposite) AS pages_viewed,
        count(*) FILTER (WHERE counts_as = 'collections_created' AND NOT is_opposite) AS collections_created,
        count(*) FILTER (WHERE counts_as = 'votes_given' AND NOT is_opposite) AS votes_given,
        count(*) FILTER (
            WHERE
            counts_as = 'likes_given' AND NOT is_opposite
            AND coalesce(author.person_id, object_author) <> event.person_id
        ) AS likes_received,
        count(*) FILTER (WHERE counts_as = 'signups' AND NOT is_opposite) AS signups,
        count(*) FILTER (WHERE category = 'error') AS errors
    FROM ingestion_person_event AS event
    LEFT JOIN ingestion_identitylink AS author ON author.actor_id = event.object_author
    WHERE
        event.workspace_id = %(workspace_id)s
        AND occurred_at >= %(bucket_start)s AND occurred_at < %(bucket_end)s
        AND NOT excluded
    GROUP BY 1, 2
) AS person
GROUP BY hour

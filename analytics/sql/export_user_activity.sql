-- What people did by day, for an export.
-- Row: one person and day of the workspace's zone, in the order of days. The columns stand in analytics/exports.py.
-- Parameters: workspace_id, first, last (days), with_bots
SELECT
    date,
    person_id::text,
    events,
    active_events,
    posts_created,
    comments_created,
    likes_given,
    likes_received,
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
    sessions,
    bounces,
    session_seconds
FROM user_activity_daily
WHERE
    workspace_id = %(workspace_id)s
    AND date >= %(first)s AND date <= %(last)s
    AND (%(with_bots)s OR NOT excluded)
ORDER BY date

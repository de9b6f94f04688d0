-- Activity of each person by day (metrics.md).
-- Row: one person and day of the workspace's zone, bots and test accounts apart. Units: counts, seconds, points.
-- Each source is added up by person and day before the three meet, so that none multiplies another.
-- Parameters: workspace_id, bucket_start, bucket_end, date_start, date_end, time_zone
WITH source AS (
    -- A bit each, so that the sources of a person and day are one number. Past the 63rd they share the last.
    SELECT id, least(row_number() OVER (ORDER BY id) - 1, 62)::integer AS bit
    FROM ingestion_source
    WHERE workspace_id = %(workspace_id)s
),

acted AS (
    SELECT
        person_id,
        (occurred_at AT TIME ZONE %(time_zone)s)::date AS date,
        excluded,
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
        min(occurred_at) AS first_event_at,
        max(occurred_at) AS last_event_at,
        min(occurred_at) FILTER (WHERE counts_as = 'signups') AS signed_up_at,
        to_timestamp(min(value) FILTER (WHERE kind = 'identify')) AS trait_created_at,
        bit_or(1::bigint << source.bit) AS sources
    FROM ingestion_person_event
    LEFT JOIN source ON source.id = source_id
    WHERE
        workspace_id = %(workspace_id)s
        AND occurred_at >= %(bucket_start)s AND occurred_at < %(bucket_end)s
    GROUP BY 1, 2, 3
),

liked AS (
    SELECT
        coalesce(link.person_id, event.object_author) AS person_id,
        (event.occurred_at AT TIME ZONE %(time_zone)s)::date AS date,
        event.excluded,
        count(*) AS likes_received
    FROM ingestion_person_event AS event
    LEFT JOIN ingestion_identitylink AS link ON link.actor_id = event.object_author
    WHERE
        event.workspace_id = %(workspace_id)s
        AND event.occurred_at >= %(bucket_start)s AND event.occurred_at < %(bucket_end)s
        AND event.counts_as = 'likes_given' AND NOT event.is_opposite
        AND event.object_author IS NOT NULL
        AND coalesce(link.person_id, event.object_author) <> event.person_id
    GROUP BY 1, 2, 3
),

sat AS (
    SELECT
        person_id,
        (started_at AT TIME ZONE %(time_zone)s)::date AS date,
        excluded,
        count(*) AS sessions,
        sum(extract(EPOCH FROM ended_at - started_at)) AS session_seconds,
        count(*) FILTER (WHERE is_bounce) AS bounces,
        sum(pages) AS session_pages,
        count(first_action_at) AS interactive_sessions,
        sum(extract(EPOCH FROM first_action_at - started_at)) AS interaction_seconds
    FROM analytics_session
    WHERE
        workspace_id = %(workspace_id)s
        AND started_at >= %(bucket_start)s AND started_at < %(bucket_end)s
    GROUP BY 1, 2, 3
)

INSERT INTO user_activity_daily (
    workspace_id, person_id, date, excluded, events, active_events,
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
    likes_received, sessions, session_seconds, bounces, session_pages, interactive_sessions, interaction_seconds,
    first_event_at, last_event_at, signed_up_at, trait_created_at, sources, calculated_at
)
SELECT
    %(workspace_id)s,
    person_id,
    date,
    excluded,
    coalesce(acted.events, 0),
    coalesce(acted.active_events, 0),
    coalesce(acted.posts_created, 0),
    coalesce(acted.comments_created, 0),
    coalesce(acted.likes_given, 0),
    coalesce(acted.shares, 0),
    coalesce(acted.follows_made, 0),
    coalesce(acted.unfollows_made, 0),
    coalesce(acted.messages_sent, 0),
    coalesce(acted.profile_views, 0),
    coalesce(acted.news_articles_viewed, 0),
    coalesce(acted.trending_items_viewed, 0),
    coalesce(acted.stories_viewed, 0),
    coalesce(acted.media_uploaded, 0),
    coalesce(acted.communities_joined, 0),
    coalesce(acted.communities_left, 0),
    coalesce(acted.community_posts, 0),
    coalesce(acted.posts_viewed, 0),
    coalesce(acted.pages_viewed, 0),
    coalesce(acted.collections_created, 0),
    coalesce(acted.votes_given, 0),
    coalesce(liked.likes_received, 0),
    coalesce(sat.sessions, 0),
    coalesce(sat.session_seconds, 0),
    coalesce(sat.bounces, 0),
    coalesce(sat.session_pages, 0),
    coalesce(sat.interactive_sessions, 0),
    coalesce(sat.interaction_seconds, 0),
    acted.first_event_at,
    acted.last_event_at,
    acted.signed_up_at,
    acted.trait_created_at,
    ARRAY(SELECT source.id FROM source WHERE acted.sources >> source.bit & 1 = 1 ORDER BY source.id),
    now()
FROM acted
FULL JOIN liked USING (person_id, date, excluded)
FULL JOIN sat USING (person_id, date, excluded)

-- What people did by day and platform of their client.
-- Row: one day of the workspace's zone and platform, in small letters as sent (web, ios, ...), on which anybody did
-- anything; without bots and test accounts. The most frequent of a day have rows of their own, the rest are one row
-- "other", and what was not sent is "unknown". Units: distinct people (people, dau, people_with_errors), counts, what was
-- measured (ms). Who uses two platforms on a day is in the rows of both.
-- Parameters: workspace_id, bucket_start, bucket_end, time_zone, client_signals (definition)
WITH event AS (
    SELECT
        (event.occurred_at AT TIME ZONE %(time_zone)s)::date AS date,
        event.person_id,
        event.is_active,
        event.is_opposite,
        event.category,
        event.counts_as,
        coalesce(nullif(lower(left(btrim(device.content ->> 'platform'), 50)), ''), 'unknown') AS platform,
        CASE
            WHEN event.category = 'performance'
                THEN lower(coalesce(
                    event.properties ->> 'metricName', event.properties ->> 'metric', event.properties ->> 'name',
                    event.name
                ))
        END AS measure,
        event.value
    FROM ingestion_person_event AS event
    LEFT JOIN ingestion_context AS device ON device.id = event.context_id
    WHERE
        event.workspace_id = %(workspace_id)s
        AND event.occurred_at >= %(bucket_start)s AND event.occurred_at < %(bucket_end)s
        AND NOT event.excluded
),

place AS (
    SELECT
        date,
        platform,
        row_number() OVER (PARTITION BY date ORDER BY count(*) DESC, platform) AS place
    FROM event
    GROUP BY 1, 2
),

ranked AS (
    SELECT
        event.*,
        CASE WHEN place.place <= held.most_values THEN event.platform ELSE 'other' END AS shown,
        jsonb_exists(held.page_loads, event.measure) AS is_page_load
    FROM event
    INNER JOIN place ON place.date = event.date AND place.platform = event.platform
    INNER JOIN jsonb_to_recordset(%(client_signals)s::jsonb) AS held (
        since date, until date, page_loads jsonb, most_values integer
    ) ON event.date >= held.since AND event.date < held.until
)

INSERT INTO platform_activity_daily (
    workspace_id, date, platform, people, dau, events, active_events,
    posts_created, comments_created, likes_given, shares, follows_made, unfollows_made, messages_sent,
    profile_views, news_articles_viewed, trending_items_viewed, stories_viewed, media_uploaded,
    communities_joined, communities_left, community_posts, posts_viewed, pages_viewed, collections_created,
    votes_given,
    errors, people_with_errors, page_loads, has_page_loads, page_load_p50, page_load_p95, calculated_at
)
SELECT
    %(workspace_id)s,
    ranked.date,
    ranked.shown,
    count(DISTINCT ranked.person_id),
    count(DISTINCT ranked.person_id) FILTER (WHERE ranked.is_active),
    count(*),
    count(*) FILTER (WHERE ranked.is_active),
    count(*) FILTER (WHERE ranked.counts_as = 'posts_created' AND NOT ranked.is_opposite),
    count(*) FILTER (WHERE ranked.counts_as = 'comments_created' AND NOT ranked.is_opposite),
    count(*) FILTER (WHERE ranked.counts_as = 'likes_given' AND NOT ranked.is_opposite),
    count(*) FILTER (WHERE ranked.counts_as = 'shares' AND NOT ranked.is_opposite),
    count(*) FILTER (WHERE ranked.counts_as = 'follows_made' AND NOT ranked.is_opposite),
    count(*) FILTER (WHERE ranked.counts_as = 'follows_made' AND ranked.is_opposite),
    count(*) FILTER (WHERE ranked.counts_as = 'messages_sent' AND NOT ranked.is_opposite),
    count(*) FILTER (WHERE ranked.counts_as = 'profile_views' AND NOT ranked.is_opposite),
    count(*) FILTER (WHERE ranked.counts_as = 'news_articles_viewed' AND NOT ranked.is_opposite),
    count(*) FILTER (WHERE ranked.counts_as = 'trending_items_viewed' AND NOT ranked.is_opposite),
    count(*) FILTER (WHERE ranked.counts_as = 'stories_viewed' AND NOT ranked.is_opposite),
    count(*) FILTER (WHERE ranked.counts_as = 'media_uploaded' AND NOT ranked.is_opposite),
    count(*) FILTER (WHERE ranked.counts_as = 'communities_joined' AND NOT ranked.is_opposite),
    count(*) FILTER (WHERE ranked.counts_as = 'communities_left' AND NOT ranked.is_opposite),
    count(*) FILTER (WHERE ranked.counts_as = 'community_posts' AND NOT ranked.is_opposite),
    count(*) FILTER (WHERE ranked.counts_as = 'posts_viewed' AND NOT ranked.is_opposite),
    count(*) FILTER (WHERE ranked.counts_as = 'pages_viewed' AND NOT ranked.is_opposite),
    count(*) FILTER (WHERE ranked.counts_as = 'collections_created' AND NOT ranked.is_opposite),
    count(*) FILTER (WHERE ranked.counts_as = 'votes_given' AND NOT ranked.is_opposite),
    count(*) FILTER (WHERE ranked.category = 'error'),
    count(DISTINCT ranked.person_id) FILTER (WHERE ranked.category = 'error'),
    count(ranked.value) FILTER (WHERE ranked.is_page_load),
    least(count(ranked.value) FILTER (WHERE ranked.is_page_load), 1),
    coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY ranked.value) FILTER (WHERE ranked.is_page_load), 0),
    coalesce(percentile_cont(0.95) WITHIN GROUP (ORDER BY ranked.value) FILTER (WHERE ranked.is_page_load), 0),
    now()
FROM ranked
GROUP BY 2, 3

-- What people did by day and platform of their client.
-- Row: one day of the workspace's zone and platform, in small letters as sent (web, ios, ...), on which anybody did
-- anything; without bots and test accounts. The most frequent of a day have rows of their own, the rest are one row
-- "other", and what was not sent is "unknown". Units: distinct people (people, dau, people_with_errors), counts, what was
-- measured (ms). Who uses two platforms on a day is in the rows of both.
-- Parameters: workspace_id, bucket_start, bucket_end, time_zone, client_signals (definition)
-- Added up by person and device first: a million events are then a hundred thousand rows when their platforms are read,
-- ranked and told apart by person.
WITH acted AS (
    SELECT
        (event.occurred_at AT TIME ZONE %(time_zone)s)::date AS date,
        event.context_id,
        event.person_id,
        count(*) AS events,
        count(*) FILTER (WHERE event.is_active) AS active_events,
        count(*) FILTER (WHERE event.counts_as = 'posts_created' AND NOT event.is_opposite) AS posts_created,
        count(*) FILTER (WHERE event.counts_as = 'comments_created' AND NOT event.is_opposite) AS comments_created,
        count(*) FILTER (WHERE event.counts_as = 'likes_given' AND NOT event.is_opposite) AS likes_given,
        count(*) FILTER (WHERE event.counts_as = 'shares' AND NOT event.is_opposite) AS shares,
        count(*) FILTER (WHERE event.counts_as = 'follows_made' AND NOT event.is_opposite) AS follows_made,
        count(*) FILTER (WHERE event.counts_as = 'follows_made' AND event.is_opposite) AS unfollows_made,
        count(*) FILTER (WHERE event.counts_as = 'messages_sent' AND NOT event.is_opposite) AS messages_sent,
        count(*) FILTER (WHERE event.counts_as = 'profile_views' AND NOT event.is_opposite) AS profile_views,
        count(*) FILTER (WHERE event.counts_as = 'news_articles_viewed' AND NOT event.is_opposite) AS news_articles_viewed,
        count(*) FILTER (WHERE event.counts_as = 'trending_items_viewed' AND NOT event.is_opposite) AS trending_items_viewed,
        count(*) FILTER (WHERE event.counts_as = 'stories_viewed' AND NOT event.is_opposite) AS stories_viewed,
        count(*) FILTER (WHERE event.counts_as = 'media_uploaded' AND NOT event.is_opposite) AS media_uploaded,
        count(*) FILTER (WHERE event.counts_as = 'communities_joined' AND NOT event.is_opposite) AS communities_joined,
        count(*) FILTER (WHERE event.counts_as = 'communities_left' AND NOT event.is_opposite) AS communities_left,
        count(*) FILTER (WHERE event.counts_as = 'community_posts' AND NOT event.is_opposite) AS community_posts,
        count(*) FILTER (WHERE event.counts_as = 'posts_viewed' AND NOT event.is_opposite) AS posts_viewed,
        count(*) FILTER (WHERE event.counts_as = 'pages_viewed' AND NOT event.is_opposite) AS pages_viewed,
        count(*) FILTER (WHERE event.counts_as = 'collections_created' AND NOT event.is_opposite) AS collections_created,
        count(*) FILTER (WHERE event.counts_as = 'votes_given' AND NOT event.is_opposite) AS votes_given,
        count(*) FILTER (WHERE event.category = 'error') AS errors
    FROM ingestion_person_event AS event
    WHERE
        event.workspace_id = %(workspace_id)s
        AND event.occurred_at >= %(bucket_start)s AND event.occurred_at < %(bucket_end)s
        AND NOT event.excluded
    GROUP BY 1, 2, 3
),

device AS MATERIALIZED (
    SELECT
        id,
        coalesce(nullif(lower(left(btrim(content ->> 'platform'), 50)), ''), 'unknown') AS platform
    FROM ingestion_context
    WHERE id IN (SELECT context_id FROM acted)
),

placed AS (
    SELECT
        acted.*,
        coalesce(device.platform, 'unknown') AS platform
    FROM acted
    LEFT JOIN device ON device.id = acted.context_id
),

place AS MATERIALIZED (
    SELECT
        frequent.date,
        frequent.platform,
        CASE WHEN frequent.place <= held.most_values THEN frequent.platform ELSE 'other' END AS shown,
        held.page_loads
    FROM (
        SELECT
            date,
            platform,
            row_number() OVER (PARTITION BY date ORDER BY sum(events) DESC, platform) AS place
        FROM placed
        GROUP BY 1, 2
    ) AS frequent
    INNER JOIN jsonb_to_recordset(%(client_signals)s::jsonb) AS held (
        since date, until date, page_loads jsonb, most_values integer
    ) ON frequent.date >= held.since AND frequent.date < held.until
),

measured AS (
    SELECT
        (event.occurred_at AT TIME ZONE %(time_zone)s)::date AS date,
        event.context_id,
        lower(coalesce(
            event.properties ->> 'metricName', event.properties ->> 'metric', event.properties ->> 'name', event.name
        )) AS measure,
        event.value
    FROM ingestion_person_event AS event
    WHERE
        event.workspace_id = %(workspace_id)s
        AND event.occurred_at >= %(bucket_start)s AND event.occurred_at < %(bucket_end)s
        AND NOT event.excluded
        AND event.category = 'performance' AND event.value IS NOT NULL
),

page_load AS (
    SELECT
        place.date,
        place.shown,
        count(*) AS page_loads,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY measured.value) AS p50,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY measured.value) AS p95
    FROM measured
    LEFT JOIN device ON device.id = measured.context_id
    INNER JOIN place ON place.date = measured.date AND place.platform = coalesce(device.platform, 'unknown')
    WHERE jsonb_exists(place.page_loads, measured.measure)
    GROUP BY 1, 2
),

done AS (
    SELECT
        place.date,
        place.shown,
        count(DISTINCT person_id) AS people,
        count(DISTINCT person_id) FILTER (WHERE active_events > 0) AS dau,
        sum(events) AS events,
        sum(active_events) AS active_events,
        sum(posts_created) AS posts_created,
        sum(comments_created) AS comments_created,
        sum(likes_given) AS likes_given,
        sum(shares) AS shares,
        sum(follows_made) AS follows_made,
        sum(unfollows_made) AS unfollows_made,
        sum(messages_sent) AS messages_sent,
        sum(profile_views) AS profile_views,
        sum(news_articles_viewed) AS news_articles_viewed,
        sum(trending_items_viewed) AS trending_items_viewed,
        sum(stories_viewed) AS stories_viewed,
        sum(media_uploaded) AS media_uploaded,
        sum(communities_joined) AS communities_joined,
        sum(communities_left) AS communities_left,
        sum(community_posts) AS community_posts,
        sum(posts_viewed) AS posts_viewed,
        sum(pages_viewed) AS pages_viewed,
        sum(collections_created) AS collections_created,
        sum(votes_given) AS votes_given,
        sum(errors) AS errors,
        count(DISTINCT person_id) FILTER (WHERE errors > 0) AS people_with_errors
    FROM placed
    INNER JOIN place ON place.date = placed.date AND place.platform = placed.platform
    GROUP BY 1, 2
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
    done.date,
    done.shown,
    done.people,
    done.dau,
    done.events,
    done.active_events,
    done.posts_created,
    done.comments_created,
    done.likes_given,
    done.shares,
    done.follows_made,
    done.unfollows_made,
    done.messages_sent,
    done.profile_views,
    done.news_articles_viewed,
    done.trending_items_viewed,
    done.stories_viewed,
    done.media_uploaded,
    done.communities_joined,
    done.communities_left,
    done.community_posts,
    done.posts_viewed,
    done.pages_viewed,
    done.collections_created,
    done.votes_given,
    done.errors,
    done.people_with_errors,
    coalesce(page_load.page_loads, 0),
    least(coalesce(page_load.page_loads, 0), 1),
    coalesce(page_load.p50, 0),
    coalesce(page_load.p95, 0),
    now()
FROM done
LEFT JOIN page_load ON page_load.date = done.date AND page_load.shown = done.shown

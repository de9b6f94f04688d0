-- Activity of each person by day (metrics.md).
-- Row: one person and day of the workspace's zone, bots and test accounts apart. Units: counts, seconds, points.
-- Each source is added up by person and day before the three meet, so that none multiplies another.
-- Only rows that are not as before are written. Returns, for the rollups that ask what a person did on other days, the
-- days on which a change of these people can show: days of their own activity that follow, and few others; of many
-- people at once, all days. A row without a day tells how many were written.
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
),

counted AS (
    SELECT
        person_id,
        date,
        excluded,
        coalesce(acted.events, 0) AS events,
        coalesce(acted.active_events, 0) AS active_events,
        coalesce(acted.posts_created, 0) AS posts_created,
        coalesce(acted.comments_created, 0) AS comments_created,
        coalesce(acted.likes_given, 0) AS likes_given,
        coalesce(acted.shares, 0) AS shares,
        coalesce(acted.follows_made, 0) AS follows_made,
        coalesce(acted.unfollows_made, 0) AS unfollows_made,
        coalesce(acted.messages_sent, 0) AS messages_sent,
        coalesce(acted.profile_views, 0) AS profile_views,
        coalesce(acted.news_articles_viewed, 0) AS news_articles_viewed,
        coalesce(acted.trending_items_viewed, 0) AS trending_items_viewed,
        coalesce(acted.stories_viewed, 0) AS stories_viewed,
        coalesce(acted.media_uploaded, 0) AS media_uploaded,
        coalesce(acted.communities_joined, 0) AS communities_joined,
        coalesce(acted.communities_left, 0) AS communities_left,
        coalesce(acted.community_posts, 0) AS community_posts,
        coalesce(acted.posts_viewed, 0) AS posts_viewed,
        coalesce(acted.pages_viewed, 0) AS pages_viewed,
        coalesce(acted.collections_created, 0) AS collections_created,
        coalesce(acted.votes_given, 0) AS votes_given,
        coalesce(liked.likes_received, 0) AS likes_received,
        coalesce(sat.sessions, 0) AS sessions,
        coalesce(sat.session_seconds, 0) AS session_seconds,
        coalesce(sat.bounces, 0) AS bounces,
        coalesce(sat.session_pages, 0) AS session_pages,
        coalesce(sat.interactive_sessions, 0) AS interactive_sessions,
        coalesce(sat.interaction_seconds, 0) AS interaction_seconds,
        acted.first_event_at,
        acted.last_event_at,
        acted.signed_up_at,
        acted.trait_created_at,
        ARRAY(SELECT source.id FROM source WHERE acted.sources >> source.bit & 1 = 1 ORDER BY source.id) AS sources
    FROM acted
    FULL JOIN liked USING (person_id, date, excluded)
    FULL JOIN sat USING (person_id, date, excluded)
),

before AS (
    SELECT *
    FROM user_activity_daily
    WHERE workspace_id = %(workspace_id)s AND date >= %(date_start)s AND date < %(date_end)s
),

-- A full join is hashed, whatever the planner believes of the number of rows.
changed AS MATERIALIZED (
    SELECT
        counted.*,
        person_id AS of_person,
        date AS of_date,
        excluded AS of_excluded,
        counted.events IS NOT NULL AS is_there,
        before.calculated_at IS NOT NULL AS was_there
    FROM counted
    FULL JOIN before USING (person_id, date, excluded)
    WHERE
        counted.events IS NULL OR before.calculated_at IS NULL
        OR (
            counted.events, counted.active_events, counted.posts_created, counted.comments_created,
            counted.likes_given, counted.shares, counted.follows_made, counted.unfollows_made, counted.messages_sent,
            counted.profile_views, counted.news_articles_viewed, counted.trending_items_viewed,
            counted.stories_viewed, counted.media_uploaded, counted.communities_joined, counted.communities_left,
            counted.community_posts, counted.posts_viewed, counted.pages_viewed, counted.collections_created,
            counted.votes_given, counted.likes_received, counted.sessions, counted.session_seconds, counted.bounces,
            counted.session_pages, counted.interactive_sessions, counted.interaction_seconds, counted.first_event_at,
            counted.last_event_at, counted.signed_up_at, counted.trait_created_at, counted.sources
        ) IS DISTINCT FROM (
            before.events, before.active_events, before.posts_created, before.comments_created, before.likes_given,
            before.shares, before.follows_made, before.unfollows_made, before.messages_sent, before.profile_views,
            before.news_articles_viewed, before.trending_items_viewed, before.stories_viewed, before.media_uploaded,
            before.communities_joined, before.communities_left, before.community_posts, before.posts_viewed,
            before.pages_viewed, before.collections_created, before.votes_given, before.likes_received,
            before.sessions, before.session_seconds, before.bounces, before.session_pages,
            before.interactive_sessions, before.interaction_seconds, before.first_event_at, before.last_event_at,
            before.signed_up_at, before.trait_created_at, before.sources
        )
),

gone AS (
    DELETE FROM user_activity_daily AS activity
    USING changed
    WHERE
        changed.was_there AND activity.person_id = changed.of_person
        AND activity.date = changed.of_date AND activity.excluded = changed.of_excluded
    RETURNING 1
),

written AS (
    INSERT INTO user_activity_daily (
        workspace_id, person_id, date, excluded,
        events, active_events, posts_created, comments_created, likes_given, shares, follows_made, unfollows_made,
        messages_sent, profile_views, news_articles_viewed, trending_items_viewed, stories_viewed, media_uploaded,
        communities_joined, communities_left, community_posts, posts_viewed, pages_viewed, collections_created,
        votes_given, likes_received, sessions, session_seconds, bounces, session_pages, interactive_sessions,
        interaction_seconds, first_event_at, last_event_at, signed_up_at, trait_created_at, sources,
        calculated_at
    )
    SELECT
        %(workspace_id)s, of_person, of_date, of_excluded,
        events, active_events, posts_created, comments_created, likes_given, shares, follows_made, unfollows_made,
        messages_sent, profile_views, news_articles_viewed, trending_items_viewed, stories_viewed, media_uploaded,
        communities_joined, communities_left, community_posts, posts_viewed, pages_viewed, collections_created,
        votes_given, likes_received, sessions, session_seconds, bounces, session_pages, interactive_sessions,
        interaction_seconds, first_event_at, last_event_at, signed_up_at, trait_created_at, sources,
        now()
    FROM changed
    -- The old ones go first.
    WHERE is_there AND (SELECT count(*) FROM gone) >= 0
    RETURNING 1
),

-- Looking up the later days of very many costs more than it saves.
few AS (
    SELECT count(*) <= 1000 AS so FROM (SELECT FROM changed LIMIT 1001) AS part
),

person AS (
    SELECT DISTINCT
        of_person AS person_id,
        of_date AS date
    FROM changed
    WHERE (SELECT so FROM few)
),

reached AS (
    SELECT
        person.date AS since,
        later.date,
        later.rollup
    FROM person
    CROSS JOIN LATERAL (
        SELECT
            person.date,
            NULL AS rollup
        UNION ALL
        SELECT
            activity.date,
            NULL
        FROM user_activity_daily AS activity
        WHERE
            activity.person_id = person.person_id AND activity.workspace_id = %(workspace_id)s
            AND activity.date > person.date AND activity.date <= person.date + 180
        UNION ALL
        -- Scores change again when a day leaves their window: this one, or one before it.
        SELECT
            person.date + 30,
            'user_engagement_daily'
        UNION ALL
        SELECT
            activity.date + 30,
            'user_engagement_daily'
        FROM user_activity_daily AS activity
        WHERE
            activity.person_id = person.person_id AND activity.workspace_id = %(workspace_id)s
            AND activity.date > person.date - 30 AND activity.date < person.date
        UNION ALL
        SELECT
            follow.date,
            'user_engagement_daily'
        FROM follow_count_daily AS follow
        WHERE
            follow.person_id = person.person_id AND follow.workspace_id = %(workspace_id)s
            AND follow.date > person.date AND follow.date < person.date + 30
        UNION ALL
        -- What somebody did before the sign-up is told of its day.
        SELECT
            known.signed_up_on,
            'recency_daily'
        FROM analytics_person AS known
        WHERE
            known.person_id = person.person_id AND known.workspace_id = %(workspace_id)s
            AND known.signed_up_on > person.date AND known.signed_up_on <= person.date + 180
    ) AS later
    UNION ALL
    SELECT
        day.date,
        day.date + later.days,
        NULL
    FROM (SELECT DISTINCT of_date AS date FROM changed WHERE NOT (SELECT so FROM few)) AS day
    CROSS JOIN generate_series(0, 180) AS later (days)
)

SELECT DISTINCT
    reached.date,
    asking.rollup,
    0 AS written
FROM reached
INNER JOIN (
    VALUES
    ('user_engagement_daily', 30), ('cohort_retention', 6), ('activity_gaps', 61), ('recency_daily', 180),
    ('segment_activity_daily', 6)
) AS asking (rollup, days)
    ON reached.date - reached.since <= asking.days AND coalesce(reached.rollup, asking.rollup) = asking.rollup
UNION ALL
SELECT
    NULL,
    NULL,
    count(*)
FROM written

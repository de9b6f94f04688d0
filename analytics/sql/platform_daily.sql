-- The whole platform by day (metrics.md).
-- Row: one day of the workspace's zone on which anybody was active within the 30 days that end with it, or signed up;
-- without bots and test accounts and, only where there were any in those 30 days, once more with them.
-- Units: distinct people (dau, wau, mau, active_*, social_people), people (new_signups), counts, seconds.
-- WAU and MAU: the distinct people of a stretch of days are those whose active day before any of them lies before the
-- stretch, which activity_gaps tells without a look at anybody.
-- Posts, comments and collections (by whom, too) are those that have not been deleted since.
-- Parameters: workspace_id, bucket_start, bucket_end, date_start, date_end, time_zone
WITH audiences AS (
    SELECT false AS with_bots
    UNION ALL
    SELECT true
    WHERE
        EXISTS (
            SELECT FROM user_activity_daily
            WHERE
                workspace_id = %(workspace_id)s
                AND date >= %(date_start)s::date - 29 AND date < %(date_end)s
                AND excluded
        )
        OR EXISTS (
            SELECT FROM analytics_bot
            WHERE
                workspace_id = %(workspace_id)s AND signed_up_on >= %(date_start)s AND signed_up_on < %(date_end)s
        )
),

activity AS (
    SELECT
        audiences.with_bots,
        date,
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
        sum(likes_received) AS likes_received,
        sum(sessions) AS sessions,
        sum(session_seconds) AS session_seconds,
        sum(bounces) AS bounces,
        sum(session_pages) AS session_pages,
        sum(interactive_sessions) AS interactive_sessions,
        sum(interaction_seconds) AS interaction_seconds
    FROM user_activity_daily
    INNER JOIN audiences ON audiences.with_bots OR NOT excluded
    WHERE workspace_id = %(workspace_id)s AND date >= %(date_start)s AND date < %(date_end)s
    GROUP BY 1, 2
),

-- What people created on a day and is deleted by now.
withdrawn AS (
    SELECT
        author_id AS person_id,
        (created_at AT TIME ZONE %(time_zone)s)::date AS date,
        count(*) FILTER (WHERE content_type = 'post') AS posts,
        count(*) FILTER (WHERE content_type = 'comment') AS comments,
        count(*) FILTER (WHERE content_type = 'collection') AS collections
    FROM content
    WHERE
        workspace_id = %(workspace_id)s
        AND created_at >= %(bucket_start)s AND created_at < %(bucket_end)s
        AND deleted_at IS NOT NULL AND author_id IS NOT NULL
    GROUP BY 1, 2
),

-- What an active person did on a day. With bots, the two rows of whoever also used a script are one person.
acted AS (
    SELECT
        false AS with_bots,
        person_id,
        date,
        posts_created + community_posts AS posts,
        comments_created AS comments,
        votes_given AS votes,
        collections_created AS collections,
        profile_views + posts_viewed + stories_viewed AS views_given
    FROM user_activity_daily
    WHERE
        workspace_id = %(workspace_id)s AND date >= %(date_start)s AND date < %(date_end)s
        AND NOT excluded AND active_events > 0
    UNION ALL
    SELECT
        true,
        person_id,
        date,
        sum(posts_created + community_posts),
        sum(comments_created),
        sum(votes_given),
        sum(collections_created),
        sum(profile_views + posts_viewed + stories_viewed)
    FROM user_activity_daily
    INNER JOIN audiences ON audiences.with_bots
    WHERE
        workspace_id = %(workspace_id)s AND date >= %(date_start)s AND date < %(date_end)s
        AND active_events > 0
    GROUP BY person_id, date
),

did AS (
    SELECT
        acted.with_bots,
        acted.date,
        greatest(acted.posts - coalesce(withdrawn.posts, 0), 0) AS posts,
        greatest(acted.comments - coalesce(withdrawn.comments, 0), 0) AS comments,
        acted.votes,
        greatest(acted.collections - coalesce(withdrawn.collections, 0), 0) AS collections,
        acted.views_given
    FROM acted
    LEFT JOIN withdrawn ON withdrawn.person_id = acted.person_id AND withdrawn.date = acted.date
),

doers AS (
    SELECT
        with_bots,
        date,
        sum(posts) AS posts,
        sum(comments) AS comments,
        sum(votes) AS votes,
        sum(collections) AS collections,
        sum(views_given) AS views_given,
        count(*) FILTER (WHERE posts > 0) AS active_posters,
        count(*) FILTER (WHERE comments > 0) AS active_commenters,
        count(*) FILTER (WHERE votes > 0) AS active_voters,
        count(*) FILTER (WHERE collections > 0) AS active_collectors,
        count(*) FILTER (WHERE posts > 0 OR comments > 0) AS social_people
    FROM did
    GROUP BY 1, 2
),

distinct_people AS (
    SELECT
        audiences.with_bots,
        day.date,
        coalesce(sum(gaps.people) FILTER (WHERE gaps.date = day.date), 0) AS dau,
        coalesce(
            sum(gaps.people) FILTER (
                WHERE gaps.date > day.date - 7 AND (gaps.gap = 0 OR gaps.date - gaps.gap <= day.date - 7)
            ), 0
        ) AS wau,
        coalesce(sum(gaps.people) FILTER (WHERE gaps.gap = 0 OR gaps.date - gaps.gap <= day.date - 30), 0) AS mau
    FROM (
        SELECT generate_series(%(date_start)s::date, %(date_end)s::date - 1, interval '1 day')::date AS date
    ) AS day
    CROSS JOIN audiences
    LEFT JOIN activity_gaps AS gaps
        ON
            gaps.workspace_id = %(workspace_id)s
            AND gaps.date > day.date - 30 AND gaps.date <= day.date
            AND (audiences.with_bots OR NOT gaps.bots)
    GROUP BY 1, 2
),

signups AS (
    SELECT
        audiences.with_bots,
        signed_up.date,
        count(*) AS new_signups
    FROM (
        SELECT signed_up_on AS date, false AS is_bot
        FROM analytics_person
        WHERE workspace_id = %(workspace_id)s AND signed_up_on >= %(date_start)s AND signed_up_on < %(date_end)s
        UNION ALL
        SELECT signed_up_on, true
        FROM analytics_bot
        WHERE workspace_id = %(workspace_id)s AND signed_up_on >= %(date_start)s AND signed_up_on < %(date_end)s
    ) AS signed_up
    INNER JOIN audiences ON audiences.with_bots OR NOT signed_up.is_bot
    GROUP BY 1, 2
)

INSERT INTO platform_daily (
    workspace_id, date, with_bots, dau, wau, mau, new_signups, events, active_events,
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
    posts, comments, votes, collections, views_given, activities,
    active_posters, active_commenters, active_voters, active_collectors, social_people,
    calculated_at
)
SELECT
    %(workspace_id)s,
    people.date,
    people.with_bots,
    people.dau,
    people.wau,
    people.mau,
    coalesce(signups.new_signups, 0),
    coalesce(activity.events, 0),
    coalesce(activity.active_events, 0),
    coalesce(activity.posts_created, 0),
    coalesce(activity.comments_created, 0),
    coalesce(activity.likes_given, 0),
    coalesce(activity.shares, 0),
    coalesce(activity.follows_made, 0),
    coalesce(activity.unfollows_made, 0),
    coalesce(activity.messages_sent, 0),
    coalesce(activity.profile_views, 0),
    coalesce(activity.news_articles_viewed, 0),
    coalesce(activity.trending_items_viewed, 0),
    coalesce(activity.stories_viewed, 0),
    coalesce(activity.media_uploaded, 0),
    coalesce(activity.communities_joined, 0),
    coalesce(activity.communities_left, 0),
    coalesce(activity.community_posts, 0),
    coalesce(activity.posts_viewed, 0),
    coalesce(activity.pages_viewed, 0),
    coalesce(activity.collections_created, 0),
    coalesce(activity.votes_given, 0),
    coalesce(activity.likes_received, 0),
    coalesce(activity.sessions, 0),
    coalesce(activity.session_seconds, 0),
    coalesce(activity.bounces, 0),
    coalesce(activity.session_pages, 0),
    coalesce(activity.interactive_sessions, 0),
    coalesce(activity.interaction_seconds, 0),
    coalesce(doers.posts, 0),
    coalesce(doers.comments, 0),
    coalesce(doers.votes, 0),
    coalesce(doers.collections, 0),
    coalesce(doers.views_given, 0),
    coalesce(doers.posts + doers.comments + doers.votes + doers.collections + doers.views_given, 0),
    coalesce(doers.active_posters, 0),
    coalesce(doers.active_commenters, 0),
    coalesce(doers.active_voters, 0),
    coalesce(doers.active_collectors, 0),
    coalesce(doers.social_people, 0),
    now()
FROM distinct_people AS people
LEFT JOIN activity ON activity.date = people.date AND activity.with_bots = people.with_bots
LEFT JOIN doers ON doers.date = people.date AND doers.with_bots = people.with_bots
LEFT JOIN signups ON signups.date = people.date AND signups.with_bots = people.with_bots
WHERE people.mau > 0 OR activity.events > 0 OR activity.likes_received > 0 OR signups.new_signups > 0

-- What the people of each cohort did by day (metrics.md 4).
-- Row: one day of the workspace's zone and month of sign-up of whose people anybody did anything or signed up; without
-- bots and test accounts. Units: distinct people (people, dau), people (new_signups), counts, seconds.
-- Parameters: workspace_id, date_start, date_end
WITH acted AS (
    SELECT
        activity.date,
        to_char(person.signed_up_on, 'YYYY-MM') AS cohort,
        count(*) AS people,
        count(*) FILTER (WHERE activity.active_events > 0) AS dau,
        sum(activity.events) AS events,
        sum(activity.active_events) AS active_events,
        sum(activity.posts_created) AS posts_created,
        sum(activity.comments_created) AS comments_created,
        sum(activity.likes_given) AS likes_given,
        sum(activity.shares) AS shares,
        sum(activity.follows_made) AS follows_made,
        sum(activity.unfollows_made) AS unfollows_made,
        sum(activity.messages_sent) AS messages_sent,
        sum(activity.profile_views) AS profile_views,
        sum(activity.news_articles_viewed) AS news_articles_viewed,
        sum(activity.trending_items_viewed) AS trending_items_viewed,
        sum(activity.stories_viewed) AS stories_viewed,
        sum(activity.media_uploaded) AS media_uploaded,
        sum(activity.communities_joined) AS communities_joined,
        sum(activity.communities_left) AS communities_left,
        sum(activity.community_posts) AS community_posts,
        sum(activity.posts_viewed) AS posts_viewed,
        sum(activity.pages_viewed) AS pages_viewed,
        sum(activity.collections_created) AS collections_created,
        sum(activity.votes_given) AS votes_given,
        sum(activity.sessions) AS sessions,
        sum(activity.session_seconds) AS session_seconds,
        sum(activity.bounces) AS bounces,
        sum(activity.session_pages) AS session_pages,
        sum(activity.interactive_sessions) AS interactive_sessions,
        sum(activity.interaction_seconds) AS interaction_seconds
    FROM user_activity_daily AS activity
    INNER JOIN analytics_person AS person ON person.person_id = activity.person_id
    WHERE
        activity.workspace_id = %(workspace_id)s
        AND activity.date >= %(date_start)s AND activity.date < %(date_end)s
        AND NOT activity.excluded AND activity.events > 0
    GROUP BY 1, 2
),

signed_up AS (
    SELECT
        signed_up_on AS date,
        to_char(signed_up_on, 'YYYY-MM') AS cohort,
        count(*) AS new_signups
    FROM analytics_person
    WHERE workspace_id = %(workspace_id)s AND signed_up_on >= %(date_start)s AND signed_up_on < %(date_end)s
    GROUP BY 1, 2
)

INSERT INTO cohort_activity_daily (
    workspace_id, date, cohort, new_signups, people, dau,
    events, active_events, posts_created, comments_created, likes_given, shares, follows_made, unfollows_made,
    messages_sent, profile_views, news_articles_viewed, trending_items_viewed, stories_viewed, media_uploaded,
    communities_joined, communities_left, community_posts, posts_viewed, pages_viewed, collections_created,
    votes_given, sessions, session_seconds, bounces, session_pages, interactive_sessions, interaction_seconds,
    calculated_at
)
SELECT
    %(workspace_id)s,
    date,
    cohort,
    coalesce(signed_up.new_signups, 0),
    coalesce(acted.people, 0),
    coalesce(acted.dau, 0),
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
    coalesce(acted.sessions, 0),
    coalesce(acted.session_seconds, 0),
    coalesce(acted.bounces, 0),
    coalesce(acted.session_pages, 0),
    coalesce(acted.interactive_sessions, 0),
    coalesce(acted.interaction_seconds, 0),
    now()
FROM acted
FULL JOIN signed_up USING (date, cohort)

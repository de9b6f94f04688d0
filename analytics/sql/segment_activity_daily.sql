-- What the people of each segment did by day (metrics.md 4).
-- Row: one day of the workspace's zone and segment (power, active, casual) in which anybody did anything; without bots
-- and test accounts. Units: distinct people (people, dau), counts, seconds.
-- The segment is that of the end of the day, by the 7 days that end with it: of whoever did something on the day nobody
-- is at risk or churned. Each person is in one segment a day.
-- Parameters: workspace_id, date_start, date_end, segments, content_acts
WITH act AS MATERIALIZED (
    SELECT *
    FROM jsonb_to_recordset(%(content_acts)s::jsonb) AS act (
        since date, until date, posts integer, comments integer, votes integer, collections integer,
        community_posts integer, likes integer
    )
),

held AS MATERIALIZED (
    SELECT *
    FROM jsonb_to_recordset(%(segments)s::jsonb) AS held (
        since date, until date, power_acts integer, active_acts integer
    )
),

weekly AS (
    SELECT
        activity.*,
        count(*) FILTER (WHERE activity.active_events > 0) OVER week AS days_of_week,
        coalesce(
            sum(
                act.posts * activity.posts_created + act.comments * activity.comments_created
                + act.votes * activity.votes_given + act.collections * activity.collections_created
                + act.community_posts * activity.community_posts + act.likes * activity.likes_given
            ) FILTER (WHERE activity.active_events > 0) OVER week,
            0
        ) AS acts_of_week
    FROM user_activity_daily AS activity
    INNER JOIN act ON activity.date >= act.since AND activity.date < act.until
    WHERE
        activity.workspace_id = %(workspace_id)s
        AND activity.date >= %(date_start)s::date - 6 AND activity.date < %(date_end)s
        AND NOT activity.excluded AND activity.events > 0
    WINDOW week AS (
        PARTITION BY activity.person_id ORDER BY activity.date
        RANGE BETWEEN INTERVAL '6 days' PRECEDING AND CURRENT ROW
    )
)

INSERT INTO segment_activity_daily (
    workspace_id, date, segment, people, dau,
    events, active_events, posts_created, comments_created, likes_given, shares, follows_made, unfollows_made,
    messages_sent, profile_views, news_articles_viewed, trending_items_viewed, stories_viewed, media_uploaded,
    communities_joined, communities_left, community_posts, posts_viewed, pages_viewed, collections_created,
    votes_given, sessions, session_seconds, bounces, session_pages, interactive_sessions, interaction_seconds,
    calculated_at
)
SELECT
    %(workspace_id)s,
    weekly.date,
    CASE
        WHEN weekly.days_of_week = 7 AND weekly.acts_of_week >= held.power_acts THEN 'power'
        WHEN weekly.days_of_week > 0 AND weekly.acts_of_week >= held.active_acts THEN 'active'
        ELSE 'casual'
    END,
    count(*),
    count(*) FILTER (WHERE weekly.active_events > 0),
    sum(weekly.events),
    sum(weekly.active_events),
    sum(weekly.posts_created),
    sum(weekly.comments_created),
    sum(weekly.likes_given),
    sum(weekly.shares),
    sum(weekly.follows_made),
    sum(weekly.unfollows_made),
    sum(weekly.messages_sent),
    sum(weekly.profile_views),
    sum(weekly.news_articles_viewed),
    sum(weekly.trending_items_viewed),
    sum(weekly.stories_viewed),
    sum(weekly.media_uploaded),
    sum(weekly.communities_joined),
    sum(weekly.communities_left),
    sum(weekly.community_posts),
    sum(weekly.posts_viewed),
    sum(weekly.pages_viewed),
    sum(weekly.collections_created),
    sum(weekly.votes_given),
    sum(weekly.sessions),
    sum(weekly.session_seconds),
    sum(weekly.bounces),
    sum(weekly.session_pages),
    sum(weekly.interactive_sessions),
    sum(weekly.interaction_seconds),
    now()
FROM weekly
INNER JOIN held ON weekly.date >= held.since AND weekly.date < held.until
WHERE weekly.date >= %(date_start)s
GROUP BY 2, 3

-- Lifecycle, segment and engagement level of people at the end of a day (metrics.md), for one, some or all of a workspace.
-- Row: one person who has signed up by then.
-- Parameters: workspace_id, day, since (nothing earlier is read; who has nothing since is taken for last seen at the
-- sign-up), person_ids (null for all), lifecycle, segments, content_acts, engagement_level
WITH act AS MATERIALIZED (
    SELECT *
    FROM jsonb_to_recordset(%(content_acts)s::jsonb) AS act (
        since date, until date, posts integer, comments integer, votes integer, collections integer,
        community_posts integer, likes integer
    )
),

did AS (
    SELECT
        activity.person_id,
        activity.date,
        activity.active_events > 0 AS is_active,
        act.posts * activity.posts_created + act.comments * activity.comments_created
        + act.votes * activity.votes_given + act.collections * activity.collections_created
        + act.community_posts * activity.community_posts + act.likes * activity.likes_given AS acts,
        activity.posts_created,
        activity.comments_created,
        activity.votes_given,
        activity.collections_created
    FROM user_activity_daily AS activity
    INNER JOIN act ON activity.date >= act.since AND activity.date < act.until
    WHERE
        activity.workspace_id = %(workspace_id)s
        AND activity.date <= %(day)s AND activity.date >= %(since)s
        AND NOT activity.excluded AND activity.events > 0
        AND (%(person_ids)s::uuid [] IS NULL OR activity.person_id = any(%(person_ids)s::uuid []))
),

recent AS (
    SELECT
        person_id,
        max(date) AS last_on,
        max(date) FILTER (WHERE acts > 0) AS acted_on,
        count(*) FILTER (WHERE is_active AND date > %(day)s::date - 7) AS days,
        sum(acts) FILTER (WHERE is_active AND date > %(day)s::date - 7) AS acts,
        bool_or(is_active) FILTER (WHERE date = %(day)s) AS is_active,
        sum(posts_created) FILTER (WHERE date = %(day)s) AS posts,
        sum(comments_created) FILTER (WHERE date = %(day)s) AS comments,
        sum(votes_given) FILTER (WHERE date = %(day)s) AS votes,
        sum(collections_created) FILTER (WHERE date = %(day)s) AS collections
    FROM did
    GROUP BY 1
),

known AS (
    SELECT
        person.person_id,
        person.signed_up_on,
        greatest(recent.last_on, person.signed_up_on) AS last_on,
        %(day)s::date - greatest(recent.last_on, person.signed_up_on) AS idle,
        %(day)s::date - recent.acted_on AS idle_acts,
        coalesce(recent.days, 0) AS days,
        coalesce(recent.acts, 0) AS acts,
        coalesce(recent.is_active, false) AS is_active,
        recent.posts + recent.comments + recent.votes + recent.collections AS acts_today,
        level.posts * recent.posts + level.comments * recent.comments + level.votes * recent.votes
        + level.collections * recent.collections AS score,
        level.power_user,
        level.active,
        stage.churned_after,
        stage.dormant_after,
        stage.engaged_within,
        stage.new_within,
        segment.at_risk_after,
        segment.lost_after,
        segment.power_acts,
        segment.active_acts
    FROM analytics_person AS person
    INNER JOIN jsonb_to_recordset(%(lifecycle)s::jsonb) AS stage (
        since date, until date, churned_after integer, dormant_after integer, engaged_within integer,
        new_within integer
    ) ON stage.since <= %(day)s AND stage.until > %(day)s
    INNER JOIN jsonb_to_recordset(%(segments)s::jsonb) AS segment (
        since date, until date, at_risk_after integer, lost_after integer, power_acts integer, active_acts integer
    ) ON segment.since <= %(day)s AND segment.until > %(day)s
    INNER JOIN jsonb_to_recordset(%(engagement_level)s::jsonb) AS level (
        since date, until date, posts integer, comments integer, votes integer, collections integer,
        power_user integer, active integer
    ) ON level.since <= %(day)s AND level.until > %(day)s
    LEFT JOIN recent ON recent.person_id = person.person_id
    WHERE
        person.workspace_id = %(workspace_id)s
        AND person.signed_up_on <= %(day)s
        AND (%(person_ids)s::uuid [] IS NULL OR person.person_id = any(%(person_ids)s::uuid []))
)

SELECT
    person_id,
    signed_up_on,
    last_on,
    CASE
        WHEN idle > churned_after THEN 'churned'
        WHEN idle > dormant_after THEN 'dormant'
        WHEN idle_acts < engaged_within THEN 'engaged'
        WHEN %(day)s::date - signed_up_on <= new_within THEN 'new'
        ELSE 'registered'
    END AS lifecycle,
    CASE
        WHEN days = 7 AND acts >= power_acts THEN 'power'
        WHEN days > 0 AND acts >= active_acts THEN 'active'
        WHEN idle >= lost_after THEN 'churned'
        WHEN idle >= at_risk_after THEN 'at_risk'
        ELSE 'casual'
    END AS segment,
    CASE
        WHEN NOT is_active THEN 'inactive'
        WHEN score >= power_user THEN 'power_user'
        WHEN score >= active THEN 'active'
        WHEN acts_today > 0 THEN 'casual'
        ELSE 'lurker'
    END AS level
FROM known
ORDER BY person_id

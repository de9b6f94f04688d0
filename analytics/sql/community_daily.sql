-- Communities by day (metrics.md).
-- Row: one community and day of the workspace's zone on which anybody joined or left it, or did something in it; bots
-- and test accounts are left out. Units: distinct people (active_*), times (new_members, members_left), counts.
-- Joins and acts are added up apart, so that neither multiplies the other.
-- Parameters: workspace_id, bucket_start, bucket_end, date_start, date_end, time_zone, act_types
WITH moved AS (
    SELECT
        today.community_id,
        today.date,
        sum(today.joins + (today.begins_with_join AND NOT coalesce(before.is_member, false))::integer) AS new_members,
        sum(today.leaves + (NOT today.begins_with_join AND coalesce(before.is_member, false))::integer) AS members_left
    FROM membership_daily AS today
    LEFT JOIN LATERAL (
        SELECT earlier.is_member
        FROM membership_daily AS earlier
        WHERE
            earlier.person_id = today.person_id AND earlier.community_id = today.community_id
            AND earlier.date < today.date
        ORDER BY earlier.date DESC
        LIMIT 1
    ) AS before ON true
    WHERE
        today.workspace_id = %(workspace_id)s
        AND today.date >= %(date_start)s AND today.date < %(date_end)s
    GROUP BY 1, 2
),

person AS (
    SELECT
        community_id,
        (occurred_at AT TIME ZONE %(time_zone)s)::date AS date,
        person_id,
        count(*) FILTER (WHERE counts_as IN ('posts_created', 'community_posts')) AS posts,
        count(*) FILTER (WHERE counts_as = 'comments_created') AS comments,
        count(*) AS total_interactions,
        bool_or(counts_as NOT IN ('likes_given', 'shares')) AS made_content
    FROM ingestion_person_event
    WHERE
        workspace_id = %(workspace_id)s
        AND occurred_at >= %(bucket_start)s AND occurred_at < %(bucket_end)s
        AND event_type_id = ANY(%(act_types)s)
        AND community_id IS NOT NULL AND NOT is_opposite AND NOT excluded
    GROUP BY 1, 2, 3
),

acted AS (
    SELECT
        person.community_id,
        person.date,
        sum(person.posts) AS posts,
        sum(person.comments) AS comments,
        sum(person.total_interactions) AS total_interactions,
        count(*) FILTER (WHERE person.made_content) AS active_people,
        count(*) FILTER (WHERE person.made_content AND membership.is_member) AS active_members
    FROM person
    LEFT JOIN LATERAL (
        SELECT latest.is_member
        FROM membership_daily AS latest
        WHERE
            latest.person_id = person.person_id AND latest.community_id = person.community_id
            AND latest.date <= person.date
        ORDER BY latest.date DESC
        LIMIT 1
    ) AS membership ON person.made_content
    GROUP BY 1, 2
)

INSERT INTO community_daily (
    workspace_id, community_id, date, new_members, members_left, member_change,
    active_members, active_people, posts, comments, total_interactions, calculated_at
)
SELECT
    %(workspace_id)s,
    community_id,
    date,
    coalesce(moved.new_members, 0),
    coalesce(moved.members_left, 0),
    coalesce(moved.new_members - moved.members_left, 0),
    coalesce(acted.active_members, 0),
    coalesce(acted.active_people, 0),
    coalesce(acted.posts, 0),
    coalesce(acted.comments, 0),
    coalesce(acted.total_interactions, 0),
    now()
FROM moved
FULL JOIN acted USING (community_id, date)

-- The whole platform by week or month (metrics.md): distinct people, who are never added up over days.
-- Row: one week (from Monday) or calendar month, by its first day, in which, or in the one before which, anybody was
-- active; without bots and test accounts and, only where there were any in the two, once more with them.
-- Units: distinct people. What stands in braces is the rollup's.
-- Posts, comments and collections (by whom, too) are those that have not been deleted since.
-- Who was active in both, and how many were at all, activity_gaps tells without a look at anybody: the distinct people of
-- a stretch of days are those whose active day before any of them lies before the stretch.
-- Parameters: workspace_id, bucket_start, bucket_end, date_start, date_end, time_zone
WITH bucket AS MATERIALIZED (
    SELECT
        (date - interval '1 {grain}')::date AS previous,
        date::date AS date,
        (date + interval '1 {grain}')::date AS next
    FROM generate_series(%(date_start)s::date, %(date_end)s::date - 1, interval '1 {grain}') AS date
),

audience AS MATERIALIZED (
    SELECT
        bucket.*,
        false AS with_bots
    FROM bucket
    UNION ALL
    SELECT
        bucket.*,
        true
    FROM bucket
    WHERE EXISTS (
        SELECT FROM user_activity_daily
        WHERE
            workspace_id = %(workspace_id)s
            AND date >= bucket.previous AND date < bucket.next
            AND excluded AND active_events > 0
    )
),

counted AS (
    SELECT
        audience.date,
        audience.with_bots,
        sum(gaps.people) FILTER (
            WHERE gaps.date >= audience.date AND (gaps.gap = 0 OR gaps.date - gaps.gap < audience.date)
        ) AS active_people,
        sum(gaps.people) FILTER (
            WHERE gaps.date < audience.date AND (gaps.gap = 0 OR gaps.date - gaps.gap < audience.previous)
        ) AS previous_people,
        sum(gaps.people) FILTER (
            WHERE
                gaps.date >= audience.date AND gaps.gap > 0
                AND gaps.date - gaps.gap < audience.date AND gaps.date - gaps.gap >= audience.previous
        ) AS retained_people
    FROM audience
    INNER JOIN activity_gaps AS gaps
        ON
            gaps.workspace_id = %(workspace_id)s
            AND gaps.date >= audience.previous AND gaps.date < audience.next
            AND (audience.with_bots OR NOT gaps.bots)
    GROUP BY 1, 2
),

-- One row a person and bucket, bots and test accounts apart, whatever days they came on. Days of somebody who only
-- looked at things are one row together, without the person: nothing else is asked of them.
doings AS MATERIALIZED (
    SELECT
        bucket.date,
        did.*
    FROM bucket
    CROSS JOIN LATERAL (
        SELECT
            CASE
                WHEN posts_created + community_posts + comments_created + votes_given + collections_created > 0
                    THEN person_id
            END AS person_id,
            excluded,
            sum(posts_created + community_posts) AS posts,
            sum(comments_created) AS comments,
            sum(votes_given) AS votes,
            sum(collections_created) AS collections,
            sum(profile_views + posts_viewed + stories_viewed) AS views_given
        FROM user_activity_daily
        WHERE
            workspace_id = %(workspace_id)s
            AND date >= bucket.date AND date < bucket.next
            AND active_events > 0
        GROUP BY 1, 2
    ) AS did
),

-- With bots, the two rows of whoever also used a script are one person. A sum of sums is numeric, which would make the
-- other half of the union numeric and twice as dear.
person AS (
    SELECT
        false AS with_bots,
        person_id,
        date,
        posts,
        comments,
        votes,
        collections,
        views_given
    FROM doings
    WHERE NOT excluded
    UNION ALL
    SELECT
        true,
        person_id,
        date,
        sum(posts)::bigint,
        sum(comments)::bigint,
        sum(votes)::bigint,
        sum(collections)::bigint,
        sum(views_given)::bigint
    FROM doings
    WHERE EXISTS (SELECT FROM audience WHERE with_bots)
    GROUP BY person_id, date
),

-- What people created and is deleted by now.
withdrawn AS (
    SELECT
        author_id AS person_id,
        date_trunc('{grain}', created_at AT TIME ZONE %(time_zone)s)::date AS date,
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

remaining AS (
    SELECT
        person.with_bots,
        person.date,
        greatest(person.posts - coalesce(withdrawn.posts, 0), 0) AS posts,
        greatest(person.comments - coalesce(withdrawn.comments, 0), 0) AS comments,
        person.votes,
        greatest(person.collections - coalesce(withdrawn.collections, 0), 0) AS collections,
        person.views_given
    FROM person
    LEFT JOIN withdrawn ON withdrawn.person_id = person.person_id AND withdrawn.date = person.date
),

doers AS (
    SELECT
        with_bots,
        date,
        count(*) FILTER (WHERE posts > 0) AS active_posters,
        count(*) FILTER (WHERE comments > 0) AS active_commenters,
        count(*) FILTER (WHERE votes > 0) AS active_voters,
        count(*) FILTER (WHERE collections > 0) AS active_collectors,
        count(*) FILTER (WHERE posts > 0 OR comments > 0) AS social_people,
        sum(posts + comments + votes + collections + views_given) AS activities
    FROM remaining
    GROUP BY 1, 2
)

INSERT INTO {table} (
    workspace_id, date, with_bots, active_people, previous_people, retained_people,
    active_posters, active_commenters, active_voters, active_collectors, social_people, activities, calculated_at
)
SELECT
    %(workspace_id)s,
    counted.date,
    counted.with_bots,
    coalesce(counted.active_people, 0),
    coalesce(counted.previous_people, 0),
    coalesce(counted.retained_people, 0),
    coalesce(doers.active_posters, 0),
    coalesce(doers.active_commenters, 0),
    coalesce(doers.active_voters, 0),
    coalesce(doers.active_collectors, 0),
    coalesce(doers.social_people, 0),
    coalesce(doers.activities, 0),
    now()
FROM counted
LEFT JOIN doers ON doers.date = counted.date AND doers.with_bots = counted.with_bots
WHERE counted.active_people > 0 OR counted.previous_people > 0

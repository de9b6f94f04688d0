-- The whole platform by week or month (metrics.md): distinct people, who are never added up over days.
-- Row: one week (from Monday) or calendar month, by its first day, in which, or in the one before which, anybody was
-- active; without bots and test accounts and, only where there were any in the two, once more with them.
-- Units: distinct people. What stands in braces is the rollup's.
-- Posts, comments and collections (by whom, too) are those that have not been deleted since.
-- Parameters: workspace_id, bucket_start, bucket_end, date_start, date_end, time_zone
-- One row a person and bucket, bots and test accounts apart, whatever days they came on. The one look at the table.
WITH rows_of_people AS MATERIALIZED (
    SELECT
        person_id,
        excluded,
        date_trunc('{grain}', date::timestamp)::date AS date,
        sum(posts_created + community_posts) AS posts,
        sum(comments_created) AS comments,
        sum(votes_given) AS votes,
        sum(collections_created) AS collections,
        sum(profile_views + posts_viewed + stories_viewed) AS views_given
    FROM user_activity_daily
    WHERE
        workspace_id = %(workspace_id)s
        AND date >= (%(date_start)s::date - interval '1 {grain}')::date AND date < %(date_end)s
        AND active_events > 0
    GROUP BY 1, 2, 3
),

with_excluded AS MATERIALIZED (
    SELECT DISTINCT date FROM rows_of_people WHERE excluded
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
    FROM rows_of_people
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
    FROM rows_of_people
    WHERE EXISTS (SELECT FROM with_excluded)
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

came AS (
    SELECT
        person.with_bots,
        person.date,
        lag(person.date) OVER (PARTITION BY person.with_bots, person.person_id ORDER BY person.date) AS came_before,
        greatest(person.posts - coalesce(withdrawn.posts, 0), 0) AS posts,
        greatest(person.comments - coalesce(withdrawn.comments, 0), 0) AS comments,
        person.votes,
        greatest(person.collections - coalesce(withdrawn.collections, 0), 0) AS collections,
        person.views_given
    FROM person
    LEFT JOIN withdrawn ON withdrawn.person_id = person.person_id AND withdrawn.date = person.date
),

here AS (
    SELECT
        with_bots,
        date,
        count(*) AS active_people,
        count(*) FILTER (WHERE came_before = (date - interval '1 {grain}')::date) AS retained_people,
        count(*) FILTER (WHERE posts > 0) AS active_posters,
        count(*) FILTER (WHERE comments > 0) AS active_commenters,
        count(*) FILTER (WHERE votes > 0) AS active_voters,
        count(*) FILTER (WHERE collections > 0) AS active_collectors,
        count(*) FILTER (WHERE posts > 0 OR comments > 0) AS social_people,
        sum(posts + comments + votes + collections + views_given) AS activities
    FROM came
    GROUP BY 1, 2
),

bucket AS (
    SELECT date, with_bots
    FROM here
    UNION
    SELECT (date + interval '1 {grain}')::date, with_bots
    FROM here
)

INSERT INTO {table} (
    workspace_id, date, with_bots, active_people, previous_people, retained_people,
    active_posters, active_commenters, active_voters, active_collectors, social_people, activities, calculated_at
)
SELECT
    %(workspace_id)s,
    bucket.date,
    bucket.with_bots,
    coalesce(here.active_people, 0),
    coalesce(previous.active_people, 0),
    coalesce(here.retained_people, 0),
    coalesce(here.active_posters, 0),
    coalesce(here.active_commenters, 0),
    coalesce(here.active_voters, 0),
    coalesce(here.active_collectors, 0),
    coalesce(here.social_people, 0),
    coalesce(here.activities, 0),
    now()
FROM bucket
LEFT JOIN here ON here.date = bucket.date AND here.with_bots = bucket.with_bots
LEFT JOIN here AS previous
    ON previous.date = (bucket.date - interval '1 {grain}')::date AND previous.with_bots = bucket.with_bots
WHERE bucket.date >= %(date_start)s AND bucket.date < %(date_end)s
    AND (
        NOT bucket.with_bots
        OR bucket.date IN (
            SELECT date FROM with_excluded UNION ALL SELECT (date + interval '1 {grain}')::date FROM with_excluded
        )
    )

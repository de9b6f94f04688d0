-- People by how much they did on a day, and those who had signed up and did nothing, from the events alone.
-- Row: a column of the engagement levels by day, number; who is inactive, as all so far.
-- Parameters: workspace_id, day (date), day_start, day_end (instants), not_counted, opposite (bits of flags),
-- engagement_level
WITH person AS (
    SELECT
        coalesce(
            min(event.occurred_at) FILTER (WHERE kind.counts_as = 'signups'),
            to_timestamp(min(event.value) FILTER (WHERE kind.kind = 'identify')),
            min(event.occurred_at)
        ) AS signed_up_at,
        array_agg(kind.counts_as) FILTER (
            WHERE
            event.occurred_at >= %(day_start)s AND event.occurred_at < %(day_end)s
            AND event.flags & %(opposite)s = 0
        ) AS did,
        coalesce(
            bool_or(kind.category NOT IN ('system', 'error', 'performance')) FILTER (
                WHERE event.occurred_at >= %(day_start)s AND event.occurred_at < %(day_end)s
            ),
            false
        ) AS is_active
    FROM ingestion_event AS event
    INNER JOIN ingestion_eventtype AS kind ON kind.id = event.event_type_id
    LEFT JOIN ingestion_identitylink AS link ON link.actor_id = event.actor_id
    WHERE
        event.workspace_id = %(workspace_id)s
        AND event.flags & %(not_counted)s = 0
        AND NOT EXISTS (
            SELECT FROM ingestion_excludedactor AS test_account
            WHERE test_account.actor_id = event.actor_id AND event.occurred_at <@ test_account.spans
        )
    GROUP BY coalesce(link.person_id, event.actor_id)
),

scored AS (
    SELECT
        person.signed_up_at,
        person.is_active,
        level.power_user,
        level.active,
        act.acts,
        act.score
    FROM person
    INNER JOIN jsonb_to_recordset(%(engagement_level)s::jsonb) AS level (
        since date, until date, posts integer, comments integer, votes integer, collections integer,
        power_user integer, active integer
    ) ON %(day)s >= level.since AND %(day)s < level.until
    CROSS JOIN LATERAL (
        SELECT
            count(*) AS acts,
            coalesce(sum(weight.points), 0) AS score
        FROM unnest(person.did) AS did (counts_as)
        INNER JOIN (
            VALUES
            ('posts_created', level.posts),
            ('comments_created', level.comments),
            ('votes_given', level.votes),
            ('collections_created', level.collections)
        ) AS weight (counts_as, points) ON weight.counts_as = did.counts_as
    ) AS act
),

stands AS (
    SELECT
        CASE
            WHEN NOT is_active AND signed_up_at < %(day_end)s THEN 'all_inactive_change'
            WHEN NOT is_active THEN ''
            WHEN score >= power_user THEN 'power_users'
            WHEN score >= active THEN 'active'
            WHEN acts > 0 THEN 'casual'
            ELSE 'lurkers'
        END AS level
    FROM scored
)

SELECT
    level AS name,
    count(*)::double precision AS number
FROM stands
GROUP BY 1

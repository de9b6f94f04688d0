-- Where each person who has signed up stands at the end of a day, from all events up to it: idle since their last event,
-- or their sign-up, and by what they did in the last days.
-- Row: a column of the lifecycle by day, number; who is churned or lost, as all so far.
-- Parameters: workspace_id, day (date), day_end (instant), time_zone, not_counted, opposite (bits of flags), lifecycle,
-- segments, content_acts
WITH counted AS (
    SELECT
        coalesce(link.person_id, event.actor_id) AS person_id,
        event.occurred_at,
        (event.occurred_at AT TIME ZONE %(time_zone)s)::date AS date,
        event.value,
        kind.kind = 'identify' AS is_trait,
        kind.counts_as,
        kind.category NOT IN ('system', 'error', 'performance') AS is_active,
        event.flags & %(opposite)s <> 0 AS is_opposite
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
),

weighed AS (
    SELECT
        counted.*,
        CASE
            WHEN counted.is_opposite THEN 0
            ELSE
                coalesce(
                    (
                        to_jsonb(act) ->> CASE counted.counts_as
                            WHEN 'posts_created' THEN 'posts'
                            WHEN 'comments_created' THEN 'comments'
                            WHEN 'votes_given' THEN 'votes'
                            WHEN 'collections_created' THEN 'collections'
                            WHEN 'community_posts' THEN 'community_posts'
                            WHEN 'likes_given' THEN 'likes'
                        END
                    )::integer,
                    0
                )
        END AS acts
    FROM counted
    INNER JOIN jsonb_to_recordset(%(content_acts)s::jsonb) AS act (
        since date, until date, posts integer, comments integer, votes integer, collections integer,
        community_posts integer, likes integer
    ) ON counted.date >= act.since AND counted.date < act.until
),

person AS (
    SELECT
        (
            coalesce(
                min(occurred_at) FILTER (WHERE counts_as = 'signups'),
                to_timestamp(min(value) FILTER (WHERE is_trait)),
                min(occurred_at)
            ) AT TIME ZONE %(time_zone)s
        )::date AS signed_up_on,
        max(date) FILTER (WHERE date <= %(day)s) AS seen_on,
        max(date) FILTER (WHERE date <= %(day)s AND acts > 0) AS acted_on,
        count(DISTINCT date) FILTER (WHERE is_active AND date > %(day)s::date - 7 AND date <= %(day)s) AS active_days,
        coalesce(sum(acts) FILTER (WHERE date > %(day)s::date - 7 AND date <= %(day)s), 0) AS acts
    FROM weighed
    GROUP BY person_id
),

stands AS (
    SELECT
        CASE
            WHEN idle.days > stage.churned_after THEN 'all_churned_change'
            WHEN idle.days > stage.dormant_after THEN 'dormant'
            WHEN %(day)s::date - person.acted_on < stage.engaged_within THEN 'engaged'
            WHEN %(day)s::date - person.signed_up_on <= stage.new_within THEN 'new'
            ELSE 'registered'
        END AS lifecycle,
        CASE
            WHEN person.active_days = 7 AND person.acts >= segment.power_acts THEN 'power'
            WHEN person.active_days > 0 AND person.acts >= segment.active_acts THEN 'active'
            WHEN idle.days < segment.at_risk_after THEN 'casual'
            WHEN idle.days < segment.lost_after THEN 'at_risk'
            ELSE 'all_lost_change'
        END AS segment
    FROM person
    CROSS JOIN LATERAL (SELECT %(day)s::date - greatest(person.seen_on, person.signed_up_on) AS days) AS idle
    INNER JOIN jsonb_to_recordset(%(lifecycle)s::jsonb) AS stage (
        since date, until date, churned_after integer, dormant_after integer, engaged_within integer,
        new_within integer
    ) ON %(day)s >= stage.since AND %(day)s < stage.until
    INNER JOIN jsonb_to_recordset(%(segments)s::jsonb) AS segment (
        since date, until date, power_acts integer, active_acts integer, at_risk_after integer, lost_after integer
    ) ON %(day)s >= segment.since AND %(day)s < segment.until
    WHERE person.signed_up_on <= %(day)s
)

SELECT
    lifecycle AS name,
    count(*)::double precision AS number
FROM stands
GROUP BY 1
UNION ALL
SELECT
    segment,
    count(*)
FROM stands
GROUP BY 1

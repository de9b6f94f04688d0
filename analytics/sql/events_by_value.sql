-- How many events there are, and of how many people, by what they have in common.
-- Row: one value, most people first: value (null where events have none), people, events, groups (how many values are of
-- people enough) and all_people, all_events of the whole. Values of fewer than least_people are left out.
-- What stands in braces is one of analytics/event_analyses.py. Units: distinct people, events.
-- Parameters: workspace_id, start, end (instants), time_zone, types (ids; null for all), property (its name), least_people,
-- most, with_bots
WITH counted AS (
    SELECT
        ({value})::text AS value,
        event.person_id,
        count(*) AS events
    FROM ingestion_person_event AS event
    LEFT JOIN ingestion_context AS device ON device.id = event.context_id
    WHERE
        event.workspace_id = %(workspace_id)s
        AND event.occurred_at >= %(start)s AND event.occurred_at < %(end)s
        AND (%(types)s::integer [] IS NULL OR event.event_type_id = ANY(%(types)s::integer []))
        AND (%(with_bots)s OR NOT event.excluded)
    GROUP BY 1, 2
),

whole AS (
    SELECT count(DISTINCT person_id) AS people, coalesce(sum(events), 0)::bigint AS events
    FROM counted
),

told AS (
    SELECT value, count(*) AS people, sum(events)::bigint AS events
    FROM counted
    GROUP BY value
    HAVING count(*) >= %(least_people)s
)

SELECT
    told.value,
    told.people,
    told.events,
    count(told.people) OVER () AS groups,
    whole.people AS all_people,
    whole.events AS all_events
FROM whole
LEFT JOIN told ON true
ORDER BY told.people DESC, told.events DESC, told.value
LIMIT %(most)s

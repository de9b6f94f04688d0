-- What people have answered last, by whichever of their distinct ids they did.
-- Row: an actor that is linked or has an answer; person_id is who it is, the last three are NULL without an answer that
-- is asked for.
-- Parameters: workspace, actors, refusals_only (grants are left out, of which there are many)
WITH asked AS (
    SELECT
        actor.actor_id,
        coalesce(link.person_id, actor.actor_id) AS person_id
    FROM unnest(%(actors)s::uuid[]) AS actor (actor_id)
    LEFT JOIN ingestion_identitylink AS link ON link.actor_id = actor.actor_id
),

ids AS (
    SELECT person_id, person_id AS actor_id FROM asked
    UNION
    SELECT asked.person_id, link.actor_id
    FROM asked
    INNER JOIN ingestion_identitylink AS link ON link.person_id = asked.person_id
),

latest AS (
    SELECT DISTINCT ON (ids.person_id, consent.purpose)
        ids.person_id,
        consent.purpose,
        consent.granted,
        consent.decided_at
    FROM ids
    INNER JOIN privacy_consent AS consent ON consent.actor_id = ids.actor_id
    WHERE consent.workspace_id = %(workspace)s
    ORDER BY ids.person_id ASC, consent.purpose ASC, consent.decided_at DESC, consent.granted ASC
)

SELECT
    asked.actor_id,
    asked.person_id,
    latest.purpose,
    latest.granted,
    latest.decided_at
FROM asked
LEFT JOIN latest ON latest.person_id = asked.person_id AND NOT (latest.granted AND %(refusals_only)s)
WHERE latest.purpose IS NOT NULL OR asked.person_id <> asked.actor_id

-- What people have answered last, by whichever of their distinct ids they did.
-- Row: an actor that is linked or has an answer; person_id is who it is, the last three are NULL without an answer that
-- is asked for.
-- Parameters: workspace, actors, refusals_only (grants are left out, of which there are many)
-- Looked up actor by actor: a plan that is kept from when the tables were small must not read all of them. The actors are
-- selected so that their number does not have each batch planned anew, which takes longer than to execute it.
WITH asked AS (
    SELECT
        actor.actor_id,
        coalesce(own.person_id, actor.actor_id) AS person_id
    FROM unnest((SELECT %(actors)s::uuid[])) AS actor (actor_id)
    LEFT JOIN LATERAL (
        SELECT person_id FROM ingestion_identitylink WHERE actor_id = actor.actor_id OFFSET 0
    ) AS own ON TRUE
)

SELECT
    asked.actor_id,
    asked.person_id,
    latest.purpose,
    latest.granted,
    latest.decided_at
FROM asked
LEFT JOIN LATERAL (
    SELECT DISTINCT ON (consent.purpose)
        consent.purpose,
        consent.granted,
        consent.decided_at
    FROM (
        SELECT asked.person_id AS actor_id
        UNION ALL
        SELECT actor_id FROM ingestion_identitylink WHERE person_id = asked.person_id
    ) AS known
    CROSS JOIN LATERAL (
        SELECT purpose, granted, decided_at
        FROM privacy_consent
        WHERE actor_id = known.actor_id AND workspace_id = %(workspace)s
        OFFSET 0
    ) AS consent
    ORDER BY consent.purpose ASC, consent.decided_at DESC, consent.granted ASC
) AS latest ON NOT (latest.granted AND %(refusals_only)s)
WHERE latest.purpose IS NOT NULL OR asked.person_id <> asked.actor_id

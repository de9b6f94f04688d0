-- Records declared event types, each with the first version of its schema where one is shipped. A type of that name that
-- is there gets the declaration; a version that somebody has drafted of it stays.
-- Row: one event type.
-- Parameters: workspace, now, types (JSON array sorted by name, each once)
WITH declared AS (
    SELECT name, kind, category, description, owner, purpose, object_type, pointers, counts_as, schema
    FROM jsonb_to_recordset(%(types)s::jsonb) AS found (
        name text, kind text, category text, description text, owner text, purpose text, object_type text,
        pointers jsonb, counts_as text, schema jsonb
    )
),

types AS (
    INSERT INTO ingestion_eventtype (
        workspace_id, name, kind, category, description, owner, purpose, object_type, pointers, counts_as, discovered,
        created_at, updated_at
    )
    SELECT
        %(workspace)s::integer, name, coalesce(kind, 'track'), category, description, coalesce(owner, ''),
        coalesce(purpose, 'analytics'), coalesce(object_type, ''), coalesce(pointers, '{}'), coalesce(counts_as, ''),
        false, %(now)s::timestamptz, %(now)s::timestamptz
    FROM declared
    ON CONFLICT (workspace_id, name) DO UPDATE
        SET
            kind = excluded.kind,
            category = excluded.category,
            description = excluded.description,
            owner = excluded.owner,
            purpose = excluded.purpose,
            object_type = excluded.object_type,
            pointers = excluded.pointers,
            counts_as = excluded.counts_as,
            discovered = excluded.discovered,
            updated_at = excluded.updated_at
    RETURNING id, name
)

INSERT INTO ingestion_eventtypeversion (
    event_type_id, version, major, status, compatibility, schema, created_at, updated_at, published_at
)
SELECT
    types.id, 1, 1, 'active', 'backward', declared.schema, %(now)s::timestamptz, %(now)s::timestamptz,
    %(now)s::timestamptz
FROM types
INNER JOIN declared USING (name)
WHERE declared.schema IS NOT NULL
ORDER BY types.id
ON CONFLICT DO NOTHING

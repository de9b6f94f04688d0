-- Records event types nobody declared. Rows come sorted by name, so that two batches that discover the same names
-- never wait for each other in a circle.
-- Parameters: workspace_id, names, kinds, categories
INSERT INTO ingestion_eventtype (
    workspace_id, name, kind, category, description, owner, purpose, object_type, pointers, counts_as, discovered,
    created_at, updated_at
)
SELECT
    %s::integer, found.name, found.kind, found.category, '', '', 'analytics', '', '{}'::jsonb, '', true,
    now(), clock_timestamp()
FROM unnest(%s::text [], %s::text [], %s::text []) AS found (name, kind, category)
ON CONFLICT (workspace_id, name) DO NOTHING

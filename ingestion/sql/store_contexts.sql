-- Records shared contexts not seen before; rows come sorted by id.
-- Parameters: workspace_id, ids, contents
INSERT INTO ingestion_context (id, workspace_id, content)
SELECT found.id, %s::integer, found.content
FROM unnest(%s::bigint [], %s::jsonb []) AS found (id, content)
ON CONFLICT (id) DO NOTHING

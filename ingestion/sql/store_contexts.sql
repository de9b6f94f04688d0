-- Records shared contexts not seen before; rows come sorted by id.
-- Parameters: workspace, ids, contents
INSERT INTO ingestion_context (id, workspace_id, content)
SELECT found.id, %(workspace)s::integer, found.content
FROM unnest(%(ids)s::bigint [], %(contents)s::jsonb []) AS found (id, content)
ON CONFLICT (id) DO NOTHING

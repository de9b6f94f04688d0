-- Whether the registry of a workspace has changed: one row with the number of its types, the sum of their times of
-- change, and the same of their versions. A sum and not the latest time: a change that is committed late may be older
-- than what is known by then.
-- Parameters: workspace_id, twice
SELECT *
FROM (
    SELECT count(*), sum(extract(EPOCH FROM updated_at))
    FROM ingestion_eventtype
    WHERE workspace_id = %s
) AS types
CROSS JOIN (
    SELECT count(*), sum(extract(EPOCH FROM version.updated_at))
    FROM ingestion_eventtypeversion AS version
    JOIN ingestion_eventtype AS kind ON kind.id = version.event_type_id
    WHERE kind.workspace_id = %s
) AS versions

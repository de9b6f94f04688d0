-- Adds to the daily count of refused events.
-- Parameters: workspace, day, purposes, events (arrays of one length, sorted by purpose, so that writers never wait in
-- a circle)
INSERT INTO privacy_refusedevents (workspace_id, day, purpose, events)
SELECT %(workspace)s, %(day)s, purpose, events
FROM unnest(%(purposes)s::text[], %(events)s::bigint[]) AS refused (purpose, events)
ON CONFLICT (workspace_id, day, purpose) DO UPDATE SET events = privacy_refusedevents.events + excluded.events

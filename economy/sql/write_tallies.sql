-- Writes when rules acted on people. Row: one person, rule and day. Parameters: workspace, tallies (JSON array)
INSERT INTO economy_ruletally (workspace_id, person_id, rule, day, times)
SELECT %(workspace)s::integer, person_id, rule, day, times
FROM json_to_recordset(%(tallies)s::json) AS tally (person_id uuid, rule text, day date, times jsonb)
ON CONFLICT (workspace_id, person_id, rule, day) DO UPDATE SET times = excluded.times

-- When rules acted on people around some days. Row: one person, rule and day, with the instants.
-- Parameters: workspace, people, rules (keys), first, last (days, both included)
SELECT rule, person_id, day, times
FROM economy_ruletally
WHERE
    workspace_id = %(workspace)s
    AND person_id = any(%(people)s::uuid [])
    AND rule = any(%(rules)s::text [])
    AND day BETWEEN %(first)s AND %(last)s

-- Who was suspended or banned on one day.
-- Row: users_banned_temp or users_banned_perm; number.
-- Parameters: workspace_id, day_start, day_end (instants)
SELECT
    'users_banned_' || kind_of_ban.word AS name,
    count(*)::double precision AS number
FROM (
    SELECT DISTINCT
        kind,
        person_id
    FROM moderation_action
    WHERE
        workspace_id = %(workspace_id)s
        AND kind IN ('suspend', 'ban') AND person_id IS NOT NULL AND undone_at IS NULL
        AND decided_at >= %(day_start)s AND decided_at < %(day_end)s
) AS banned
INNER JOIN (VALUES ('suspend', 'temp'), ('ban', 'perm')) AS kind_of_ban (kind, word) ON kind_of_ban.kind = banned.kind
GROUP BY 1

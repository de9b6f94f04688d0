-- How many people have which mean index of wellbeing over some days (metrics.md 6).
-- Row: one band of 10 points that has anybody, by its lower end; what is above 100 is in the last. Units: people.
-- Parameters: workspace_id, date_start, date_end, with_bots. What stands in braces is the column of the index.
SELECT
    least(floor(mean / 10) * 10, 90)::integer AS band,
    count(*) AS people
FROM (
    SELECT avg({index}) AS mean
    FROM user_wellbeing_daily
    WHERE
        workspace_id = %(workspace_id)s
        AND date >= %(date_start)s AND date < %(date_end)s
        AND (%(with_bots)s OR NOT excluded)
    GROUP BY person_id
) AS people
GROUP BY 1
ORDER BY 1

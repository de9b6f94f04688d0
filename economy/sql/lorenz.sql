-- What part of all points the poorest people hold together, by twentieths of the people, those with 0 points included.
-- Row: part (1 to 20), share (0 to 1; null where nobody has any). Parameters: workspace_id
WITH held AS (
    SELECT balance AS points, count(*) AS people
    FROM economy_account
    WHERE workspace_id = %(workspace_id)s AND person_id IS NOT NULL
    GROUP BY 1
),

placed AS (
    SELECT
        points,
        people,
        sum(people) OVER (ORDER BY points) - people AS below,
        sum(points * people) OVER (ORDER BY points) - points * people AS points_below,
        sum(people) OVER () AS everybody,
        sum(points * people) OVER () AS total
    FROM held
)

SELECT part.number, (points_below + (everybody * part.number / 20.0 - below) * points) / nullif(total, 0) AS share
FROM generate_series(1, 20) AS part (number)
INNER JOIN placed
    ON
        everybody * part.number / 20.0 > placed.below
        AND everybody * part.number / 20.0 <= placed.below + placed.people
ORDER BY part.number

-- Days before a range whose people its events can take further: as many as the longest window of a funnel reaches back.
-- The day under way is filled every hour; the days before it are filled again once it is over (going_on).
-- Row: the first instant of a day.
-- Parameters: workspace_id, bucket_start, bucket_end, date_start, time_zone, going_on (whether the range is what time
-- asks for, and not what late events do)
SELECT day AT TIME ZONE %(time_zone)s
FROM (
    SELECT max(window_seconds) * interval '1 second' AS longest
    FROM analytics_funnel
    WHERE workspace_id = %(workspace_id)s
) AS funnel
CROSS JOIN generate_series(
    ((%(bucket_start)s::timestamptz - longest) AT TIME ZONE %(time_zone)s)::date::timestamp,
    %(date_start)s::date - interval '1 day',
    interval '1 day'
) AS day
WHERE NOT %(going_on)s OR (%(bucket_end)s::timestamptz AT TIME ZONE %(time_zone)s)::date > %(date_start)s::date

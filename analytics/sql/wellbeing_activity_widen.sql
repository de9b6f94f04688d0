-- Instants in the buckets that a change in the range reaches: starts of sessions in the 12 hours before, to which its
-- events may belong; what nobody started in the 12 hours after, which a new start may claim; and what belongs to
-- sessions of its days but came on the next, which would be left alone if their start went.
-- Parameters: workspace_id, bucket_start, bucket_end, date_start, date_end, time_zone, gap_before_start
SELECT last_started_at
FROM wellbeing_activity_daily
WHERE
    workspace_id = %(workspace_id)s
    AND date >= %(date_start)s::date - 2 AND date < %(date_start)s
    AND last_started_at >= %(gap_before_start)s::timestamptz - interval '12 hours'
UNION ALL
SELECT unstarted_at
FROM wellbeing_activity_daily
WHERE
    workspace_id = %(workspace_id)s
    AND date > %(date_start)s AND date <= %(date_end)s::date + 1
    AND unstarted_at <= %(bucket_end)s::timestamptz + interval '12 hours'
UNION ALL
SELECT last_event_at
FROM wellbeing_activity_daily
WHERE
    workspace_id = %(workspace_id)s
    AND date >= %(date_start)s AND date <= %(date_end)s
    AND (last_event_at AT TIME ZONE %(time_zone)s)::date > date

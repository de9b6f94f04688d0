-- The moderation desk by day (metrics.md 7).
-- Row: one day of the workspace's zone on which anything was reported, claimed, decided or heard. Units: reports, cases,
-- appeals, people, hours. A decision that was taken back counts for nothing; one whose appeal was upheld was made all the
-- same, but what it removed or banned does not count any more.
-- Parameters: workspace_id, bucket_start, bucket_end, time_zone
WITH submitted AS (
    SELECT
        (submitted_at AT TIME ZONE %(time_zone)s)::date AS date,
        count(*) AS reports_submitted,
        count(*) FILTER (WHERE reason = 'harassment') AS harassment_reports,
        count(*) FILTER (WHERE reason = 'hate_speech') AS hate_speech_reports
    FROM moderation_report
    WHERE
        workspace_id = %(workspace_id)s
        AND submitted_at >= %(bucket_start)s AND submitted_at < %(bucket_end)s
    GROUP BY 1
),

resolved AS (
    SELECT
        (report.resolved_at AT TIME ZONE %(time_zone)s)::date AS date,
        count(*) AS reports_resolved,
        sum(extract(EPOCH FROM report.resolved_at - report.submitted_at)) / 3600 AS resolution_hours,
        -- A user here, or an actor in the team's own application.
        count(DISTINCT coalesce(action.by_id::text, action.moderator_id::text)) AS active_moderators
    FROM moderation_report AS report
    LEFT JOIN moderation_action AS action ON action.id = report.action_id
    WHERE
        report.workspace_id = %(workspace_id)s
        AND report.resolved_at >= %(bucket_start)s AND report.resolved_at < %(bucket_end)s
    GROUP BY 1
),

-- Each with whether an earlier one of its case did the same.
done AS (
    SELECT
        (action.decided_at AT TIME ZONE %(time_zone)s)::date AS date,
        action.kind,
        action.person_id,
        reported.content_type,
        action.kind = 'remove' AND NOT EXISTS (
            SELECT FROM moderation_action AS earlier
            WHERE
                earlier.case_id = action.case_id AND earlier.kind = 'remove' AND earlier.undone_at IS NULL
                AND (earlier.decided_at, earlier.id) < (action.decided_at, action.id)
        ) AS removes,
        action.outcome = 'resolved' AND action.reason = 'spam' AND reported.target = 'content' AND NOT EXISTS (
            SELECT FROM moderation_action AS earlier
            WHERE
                earlier.case_id = action.case_id AND earlier.outcome = 'resolved' AND earlier.reason = 'spam'
                AND earlier.undone_at IS NULL
                AND (earlier.decided_at, earlier.id) < (action.decided_at, action.id)
        ) AS finds_spam
    FROM moderation_action AS action
    LEFT JOIN moderation_case AS reported ON reported.id = action.case_id
    WHERE
        action.workspace_id = %(workspace_id)s
        AND action.decided_at >= %(bucket_start)s AND action.decided_at < %(bucket_end)s
        AND action.undone_at IS NULL
),

acted AS (
    SELECT
        date,
        count(*) FILTER (WHERE removes AND content_type <> 'comment') AS posts_deleted,
        count(*) FILTER (WHERE removes AND content_type = 'comment') AS comments_deleted,
        count(*) FILTER (WHERE finds_spam) AS spam_posts_detected,
        count(DISTINCT person_id) FILTER (WHERE kind = 'suspend') AS users_banned_temp,
        count(DISTINCT person_id) FILTER (WHERE kind = 'ban') AS users_banned_perm
    FROM done
    GROUP BY 1
),

claimed AS (
    SELECT
        (entry.at AT TIME ZONE %(time_zone)s)::date AS date,
        count(*) AS cases_claimed,
        sum(greatest(extract(EPOCH FROM entry.at - reported.opened_at), 0)) / 3600 AS claim_hours
    FROM moderation_logentry AS entry
    INNER JOIN moderation_case AS reported ON reported.id = entry.case_id
    WHERE
        entry.workspace_id = %(workspace_id)s
        AND entry.at >= %(bucket_start)s AND entry.at < %(bucket_end)s
        AND entry.step = 'claimed'
        AND NOT EXISTS (
            SELECT FROM moderation_logentry AS earlier
            WHERE
                earlier.case_id = entry.case_id AND earlier.step = 'claimed'
                AND (earlier.at, earlier.id) < (entry.at, entry.id)
        )
    GROUP BY 1
),

heard AS (
    SELECT
        (decided_at AT TIME ZONE %(time_zone)s)::date AS date,
        count(*) AS appeals_decided,
        count(*) FILTER (WHERE status = 'upheld') AS appeals_upheld
    FROM moderation_appeal
    WHERE
        workspace_id = %(workspace_id)s
        AND decided_at >= %(bucket_start)s AND decided_at < %(bucket_end)s
    GROUP BY 1
),

-- Reports that waited when the range began: nobody has decided them, or somebody has since.
waited AS (
    SELECT sum(found.number) AS number
    FROM (
        SELECT count(*) AS number
        FROM moderation_report
        WHERE
            workspace_id = %(workspace_id)s
            AND status IN ('pending', 'in_review') AND submitted_at < %(bucket_start)s
        UNION ALL
        SELECT count(*)
        FROM moderation_report
        WHERE
            workspace_id = %(workspace_id)s
            AND resolved_at >= %(bucket_start)s AND submitted_at < %(bucket_start)s
    ) AS found
)

INSERT INTO moderation_metrics_daily (
    workspace_id, date, reports_submitted, harassment_reports, hate_speech_reports, reports_resolved, resolution_hours,
    reports_pending, posts_deleted, comments_deleted, spam_posts_detected, users_banned_temp, users_banned_perm,
    active_moderators, cases_claimed, claim_hours, appeals_decided, appeals_upheld, calculated_at
)
SELECT
    %(workspace_id)s,
    date,
    coalesce(submitted.reports_submitted, 0),
    coalesce(submitted.harassment_reports, 0),
    coalesce(submitted.hate_speech_reports, 0),
    coalesce(resolved.reports_resolved, 0),
    coalesce(resolved.resolution_hours, 0),
    waited.number
    + sum(coalesce(submitted.reports_submitted, 0) - coalesce(resolved.reports_resolved, 0)) OVER (ORDER BY date),
    coalesce(acted.posts_deleted, 0),
    coalesce(acted.comments_deleted, 0),
    coalesce(acted.spam_posts_detected, 0),
    coalesce(acted.users_banned_temp, 0),
    coalesce(acted.users_banned_perm, 0),
    coalesce(resolved.active_moderators, 0),
    coalesce(claimed.cases_claimed, 0),
    coalesce(claimed.claim_hours, 0),
    coalesce(heard.appeals_decided, 0),
    coalesce(heard.appeals_upheld, 0),
    now()
FROM submitted
FULL JOIN resolved USING (date)
FULL JOIN acted USING (date)
FULL JOIN claimed USING (date)
FULL JOIN heard USING (date)
CROSS JOIN waited

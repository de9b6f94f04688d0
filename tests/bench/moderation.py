"""The desk's pages over a million reports, its day in numbers, and the look at what waits too long."""

import statistics
import time
from datetime import timedelta

from django.db import connection
from django.test import Client
from django.utils import timezone

from analytics.rollups import engine
from analytics.rollups.rollup import ROLLUPS
from config.models import User, Workspace
from moderation import policies, service_levels
from moderation.metrics import ROLLUP
from tests.bench.report import figure

ASKED = 100
# Two reports a case; every tenth case is open, and a day has some 5,500 reports.
REPORTS_A_CASE, OPEN_ONE_IN, DAYS = 2, 10, 180
CASES = """
    INSERT INTO moderation_case (
        workspace_id, target, content_type, target_id, community_id, status, priority, risk, reports, opened_at,
        closed_at
    )
    SELECT
        %(workspace)s, 'content', 'post', 'p' || number, '',
        CASE WHEN number %% %(one_in)s = 0 THEN 'pending' WHEN number %% 3 = 0 THEN 'dismissed' ELSE 'resolved' END,
        1 + number %% 5, 0.1, %(reports)s, opened.at,
        CASE WHEN number %% %(one_in)s > 0 THEN opened.at + interval '3 hours' END
    FROM generate_series(1, %(cases)s) AS number
    CROSS JOIN LATERAL (SELECT now() - number * %(days)s * interval '1 day' / %(cases)s AS at) AS opened
"""
ACTIONS = """
    INSERT INTO moderation_action (workspace_id, case_id, kind, outcome, reason, automated, by_id, note, decided_at)
    SELECT workspace_id, id, 'remove', status, 'spam', false, %(user)s, '', closed_at
    FROM moderation_case WHERE workspace_id = %(workspace)s AND closed_at IS NOT NULL
"""
# Of what is open nothing is reported as copyright, and one in 10,000 as violence.
REPORTS = """
    INSERT INTO moderation_report (
        workspace_id, case_id, key, reporter_id, reason, text, status, priority, risk, risk_parts, submitted_at,
        resolved_at, action_id, media
    )
    SELECT
        %(workspace)s, reported.id, reported.id || '-' || number, gen_random_uuid(),
        CASE
            WHEN reported.closed_at IS NOT NULL AND reported.id %% 7 = 0 THEN 'copyright'
            WHEN reported.id %% 10000 = 0 THEN 'violence'
            WHEN reported.id %% 3 = 0 THEN 'harassment' ELSE 'spam'
        END,
        'The same link in every thread.', reported.status, reported.priority, 0.1, '{}', reported.opened_at,
        reported.closed_at, action.id, '{}'
    FROM moderation_case AS reported
    CROSS JOIN generate_series(1, %(reports)s) AS number
    LEFT JOIN moderation_action AS action ON action.case_id = reported.id
    WHERE reported.workspace_id = %(workspace)s
"""
PAGES = {
    "the queue": "queue/?workspace=desk",
    "the queue by a frequent reason": "queue/?workspace=desk&reason=spam",
    "the queue by a rare reason": "queue/?workspace=desk&reason=violence",
    "the queue by a reason that nothing open has": "queue/?workspace=desk&reason=copyright",
    "the queue by priority": "queue/?workspace=desk&priority=2",
}


def measure(count):
    workspace = Workspace.objects.create(slug="desk", name="Desk")
    policies.ensure(workspace.pk)
    user = User.objects.create_superuser("desk@example.com")
    parameters = {
        "workspace": workspace.pk,
        "user": user.pk,
        "cases": count // REPORTS_A_CASE,
        "reports": REPORTS_A_CASE,
        "one_in": OPEN_ONE_IN,
        "days": DAYS,
    }
    with connection.cursor() as cursor:
        for text in (CASES, ACTIONS, REPORTS):
            cursor.execute(text, parameters)
        cursor.execute("VACUUM ANALYZE moderation_case, moderation_action, moderation_report")
    client = Client()
    client.force_login(user)
    for name, address in PAGES.items():
        spent = []
        for _ in range(ASKED):
            started = time.perf_counter()
            answer = client.get(f"/admin/moderation/{address}")
            spent.append((time.perf_counter() - started) * 1000)
            assert answer.status_code == 200, answer.status_code
        # What is loaded once, such as templates, is not the page's.
        figure(f"p95 of {name} of {count:,} reports", statistics.quantiles(spent[1:], n=20)[18], "< 150", "ms")
    for name, days in (("a day", 1), ("a month", 31)):
        figure(f"moderation by day, {name} of {count:,} reports", filled(workspace, days), "", "s")
    started = time.perf_counter()
    found = service_levels.look(workspace)
    seconds = time.perf_counter() - started
    figure(f"{found.new.total():,} cases found to wait too long", seconds, "", "s")


def filled(workspace, days):
    """Seconds of a fill of so many days that end a month ago."""
    rollup, now = ROLLUPS[ROLLUP], timezone.now()
    end = rollup.bucket_of(now - timedelta(days=31), workspace)
    chunk = rollup.between(end - days * rollup.step, end, workspace)
    started = time.perf_counter()
    assert engine.fill_chunk(rollup, workspace, chunk, now) == days
    return time.perf_counter() - started

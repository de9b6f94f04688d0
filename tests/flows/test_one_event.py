"""One event from HTTP to the number on the dashboard, through real processes."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from analytics import realtime
from config.celery import app
from config.lib import redis
from config.models import Role, Run
from ingestion import workspaces
from tests.factories.config import MemberFactory
from tests.servers import ask, environment, free_port, wait_for, web, worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_an_event_reaches_the_database_the_live_counters_the_api_and_the_dashboard(client):
    created = workspaces.create("flow")
    yesterday = timezone.now() - timedelta(days=1)
    env, port = environment(connection), free_port()
    event = {"event_name": "post_created", "user_id": "ada", "timestamp": yesterday.isoformat()}

    with web(port, env), worker(env):
        status, answer = ask(port, "POST", "/api/events", event, Authorization=f"Bearer {created.write_key}")
        assert (status, answer["data"]["accepted"]) == (200, 1)
        wait_for(lambda: realtime_dau(yesterday) == 1, "the live counter")

        app.send_task("analytics.fill", kwargs={"workspace": "flow"})
        run = wait_for(lambda: Run.objects.filter(name="analytics.fill", finished_at__isnull=False).first(), "the run")
        assert (run.status, run.error) == (Run.Status.SUCCEEDED, "")
        assert run.rows_out > 0
        assert run.window_start < yesterday < run.window_end

        path = f"/api/metrics/platform-summary?date={yesterday:%Y-%m-%d}"
        status, answer = ask(port, "GET", path, Authorization=f"Bearer {created.server_key}")
        assert status == 200
        assert (answer["data"]["dau"], answer["data"]["posts_created"], answer["data"]["new_signups"]) == (1, 1, 1)

    member = MemberFactory(workspace=created.workspace, role=Role.ANALYST)
    client.force_login(member.user)
    page = client.get("/admin/dashboards/executive/?workspace=flow&days=30")
    assert page.status_code == 200
    figures = {card["key"]: card["value"] for card in page.context["cards"]}
    assert (figures["dau"], figures["posts_created"]) == ("1", "1")


def realtime_dau(moment):
    return redis.client().scard(f"{realtime.prefix('flow')}dau:{moment:%Y%m%d}")

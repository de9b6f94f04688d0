"""The page of the rollups: states of days, failures, a preview of a backfill, and starting it."""

import base64
import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from analytics.models import OpenBucket, RollupFailure
from analytics.rollups.rollup import ROLLUPS
from config.lib.redis import client as redis_client
from config.models import Role, Run
from tests.factories.analytics import OpenBucketFactory, PlatformDailyFactory, RollupStateFactory
from tests.factories.config import MemberFactory, RunFactory, WorkspaceFactory, where_it_is_noon
from tests.pages import log_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent():
    def take():
        found = []
        while message := redis_client().rpop("celery"):
            task = json.loads(message)
            found.append((task["headers"]["task"], json.loads(base64.b64decode(task["body"]))[1]))
        return found

    take()
    yield take
    take()


@pytest.fixture
def analyst():
    member = MemberFactory(role=Role.ANALYST, workspace__time_zone=where_it_is_noon())
    PlatformDailyFactory(workspace=member.workspace, date=day_ago(20))
    RollupStateFactory(workspace=member.workspace)
    return member


def day_ago(days):
    return (timezone.now() - timedelta(days=days)).date()


def address(member, **more):
    query = "&".join(f"{name}={value}" for name, value in {"workspace": member.workspace.slug, **more}.items())
    return f"{reverse('admin:rollups')}?{query}"


def shown(member, **more):
    answer = log_in(member.user).get(address(member, **more))
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_shows_every_rollup_and_the_state_of_the_latest_days(analyst):
    OpenBucketFactory(workspace=analyst.workspace, bucket=timezone.now() - timedelta(days=3))
    page = shown(analyst)

    assert all(rollup.title in page for rollup in ROLLUPS)
    assert page.count('<li class="is-') == 21
    assert (page.count('<li class="is-settling"'), page.count('<li class="is-open"')) == (1, 1)
    assert "All before" in page


def test_what_failed_and_what_waits_is_told(analyst):
    facts = {"workspace": analyst.workspace, "failed_at": timezone.now()}
    RollupFailure.objects.create(rollup="sessions", error="<b>out of paper</b>", **facts)
    RollupFailure.objects.create(rollup="user_activity_daily", waits_for="sessions", **facts)
    RollupFailure.objects.create(
        workspace=WorkspaceFactory(), rollup="people", error="not theirs", failed_at=timezone.now()
    )
    page = shown(analyst)
    assert "&lt;b&gt;out of paper" in page
    assert "waits for sessions" in page
    assert "not theirs" not in page


def test_a_preview_says_how_much_it_would_be_and_does_nothing(analyst, sent):
    days = {"first": day_ago(20), "last": day_ago(18), "rollup": "user_activity_daily"}
    page = shown(analyst, **days)
    assert "Nothing has been done yet" in page
    assert "3 days" in page
    assert sent() == []
    assert OpenBucket.objects.count() == 0


def test_starting_it_sends_the_job_with_the_days(analyst, sent):
    days = {"first": day_ago(20), "last": day_ago(18), "rollup": ""}
    answer = log_in(analyst.user).post(reverse("admin:rollups"), {"workspace": analyst.workspace.slug, **days})
    assert answer.status_code == 302
    asked = {"workspace": analyst.workspace.slug, "first": str(day_ago(20)), "last": str(day_ago(18)), "rollup": ""}
    assert sent() == [("analytics.backfill", asked)]


def test_after_it_the_page_waits_for_a_worker_and_then_shows_how_far_it_is(analyst):
    now = int(timezone.now().timestamp())
    assert "Waiting for a worker" in shown(analyst, sent=now)
    assert "Waiting for a worker" not in shown(analyst, sent=now - 61)
    assert "Waiting for a worker" not in shown(analyst, sent="9" * 40)
    run = RunFactory(
        workspace=analyst.workspace,
        name="analytics.backfill",
        status=Run.Status.RUNNING,
        finished_at=None,
        progress_done=3,
        progress_total=4,
    )
    page = shown(analyst, sent=now)
    assert "Waiting for a worker" not in page
    assert f"/admin/runs/{run.pk}/progress/" in page
    assert "75%" in page


def test_what_is_open_is_filled_now(analyst, sent):
    log_in(analyst.user).post(reverse("admin:rollups"), {"workspace": analyst.workspace.slug})
    assert sent() == [("analytics.fill", {"workspace": analyst.workspace.slug})]


@pytest.mark.parametrize(
    ("days", "message"),
    [
        ({"first": "2026-03-04", "last": "2026-03-01"}, "The last day is before the first"),
        ({"first": "2026-03-04", "last": "9999-12-31"}, "A day from 2000-01-01 up to today"),
        ({"first": "0001-01-01", "last": "2026-03-04"}, "A day from 2000-01-01 up to today"),
        ({"first": "never", "last": "2026-03-04"}, "Enter a valid date"),
        ({"first": "2026-03-04", "last": "2026-03-04", "rollup": "nothing"}, "Select a valid choice"),
    ],
)
def test_days_that_make_no_sense_are_told_of_and_not_sent(analyst, sent, days, message):
    assert message in shown(analyst, **days)
    answer = log_in(analyst.user).post(reverse("admin:rollups"), {"workspace": analyst.workspace.slug, **days})
    assert message in answer.content.decode()
    assert sent() == []


def test_whoever_only_views_starts_nothing(analyst, sent):
    viewer = MemberFactory(workspace=analyst.workspace, role=Role.COMMUNITY_MANAGER)
    page = shown(viewer)
    assert "Fill now" not in page
    assert "Fill days again" not in page
    answer = log_in(viewer.user).post(reverse("admin:rollups"), {"workspace": analyst.workspace.slug})
    assert answer.status_code == 403
    assert sent() == []


def test_others_do_not_get_there(analyst, sent):
    other = WorkspaceFactory()
    client = log_in(analyst.user)
    assert client.get(f"{reverse('admin:rollups')}?workspace={other.slug}").status_code == 404
    assert client.post(reverse("admin:rollups"), {"workspace": other.slug}).status_code == 404
    assert log_in(MemberFactory(role=Role.VIEWER).user).get(reverse("admin:rollups")).status_code == 403
    assert sent() == []


def test_it_needs_a_token_against_forgery(analyst, sent):
    client = log_in(analyst.user, enforce_csrf_checks=True)
    assert client.post(reverse("admin:rollups"), {"workspace": analyst.workspace.slug}).status_code == 403
    assert sent() == []


def test_a_rollup_has_a_page_that_explains_it(analyst):
    client = log_in(analyst.user)
    page = client.get(reverse("admin:rollup", args=["sessions"])).content.decode()
    assert "session_gap_minutes" in page
    assert "analytics/sql/sessions.sql" in page
    assert client.get(reverse("admin:rollup", args=["nothing"])).status_code == 404

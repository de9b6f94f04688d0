"""An analyst previews a backfill, starts it and follows it until it has ended; whatever the colours and the width."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from analytics.models import OpenBucket, RollupFailure
from config import runs
from config.lib.redis import client as redis_client
from config.models import Role
from tests.browser.window import PASSWORD, log_in
from tests.factories.analytics import OpenBucketFactory, PlatformDailyFactory, RecountFactory, RollupStateFactory
from tests.factories.config import MemberFactory, RunFactory, UserFactory, WorkspaceFactory, where_it_is_noon

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Where pictures of the pages are wanted.
PICTURES = os.environ.get("AGORA_TEST_PICTURES")


def picture(page, name):
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


@pytest.fixture
def workspace():
    workspace = WorkspaceFactory(slug="commons", name="Commons", time_zone=where_it_is_noon())
    now = timezone.now()
    PlatformDailyFactory(workspace=workspace, date=(now - timedelta(days=40)).date())
    for rollup in ("sessions", "user_activity_daily", "platform_daily", "hourly_metrics"):
        RollupStateFactory(workspace=workspace, rollup=rollup)
    OpenBucketFactory(workspace=workspace, bucket=now - timedelta(days=9))
    RollupFailure.objects.create(workspace=workspace, rollup="content", error="RuntimeError: no", failed_at=now)
    RecountFactory(workspace=workspace)
    for _ in range(6):
        RunFactory(workspace=workspace)
    return workspace


@pytest.fixture
def analyst(workspace):
    user = UserFactory(password=PASSWORD)
    MemberFactory(user=user, workspace=workspace, role=Role.ANALYST)
    return user


def fits(page):
    """Nothing sticks out to the right."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_backfill_is_previewed_started_and_followed(page, analyst, workspace, troubles):
    log_in(page, analyst)
    page.locator("a[href='/admin/rollups/']").first.click()
    expect(page.get_by_text("RuntimeError: no")).to_be_visible()
    expect(page.locator(".agora-days .is-settling")).to_have_count(1)
    picture(page, "rollups-light")

    page.locator("#id_rollup").select_option("user_activity_daily")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Nothing has been done yet")).to_be_visible()
    picture(page, "rollups-preview")
    page.get_by_role("button", name="again").click()
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    assert redis_client().llen("celery") > 0
    redis_client().delete("celery")

    # The worker takes it: the page finds the run by itself, follows it, and says when it has ended.
    with runs.recorded("analytics.backfill", workspace=workspace) as recorder:
        recorder.progress(30, 120)
        page.get_by_text("25%").wait_for()
        picture(page, "rollups-progress")
        recorder._shown = 0
        recorder.progress(60, 120)
        page.get_by_text("50% (60 of 120)").wait_for()
    page.get_by_text("analytics.backfill: Succeeded").wait_for()
    assert troubles == []


@pytest.mark.parametrize(("colours", "width"), [("light", 390), ("dark", 1280)])
def test_the_pages_fit_whatever_the_window(page, analyst, troubles, colours, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=colours)
    log_in(page, analyst)
    pages = {
        "rollups": "/admin/rollups/?rollup=&first=2026-03-01&last=2026-03-03",
        "rollup": "/admin/rollups/sessions/",
        "runs": "/admin/config/run/",
        "recounts": "/admin/analytics/recount/",
        "dashboard": "/admin/dashboards/executive/",
    }
    for name, address in pages.items():
        page.goto(address)
        page.wait_for_load_state("networkidle") if name != "dashboard" else None
        picture(page, f"{name}-{colours}-{width}")
        assert fits(page), name
    assert not OpenBucket.objects.exclude(rollup="platform_daily").exists()
    assert troubles == []

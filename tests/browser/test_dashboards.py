"""All thirteen dashboards in a real Chromium: drawn without a complaint, wide and narrow, as the API tells them."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from analytics.admin.drawings import shown
from analytics.api.dashboards import addresses
from analytics.models import HourlyMetrics, SegmentActivityDaily
from config.models import Role
from tests.browser.window import PASSWORD, log_in
from tests.factories.analytics import PlatformDailyFactory, RollupStateFactory, UserCohortFactory
from tests.factories.config import MemberFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TOO_WIDE = """[...document.querySelectorAll('.agora-dashboard *')]
  .filter(one => one.getBoundingClientRect().right > 391 && !one.closest('.agora-scroll'))
  .map(one => one.outerHTML.slice(0, 80))"""


@pytest.fixture
def analyst():
    """Of a workspace with 40 days of numbers, hours and sign-ups."""
    member = MemberFactory(role=Role.ANALYST, user=UserFactory(password=PASSWORD))
    workspace = member.workspace
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    for rollup in ("platform_daily", "hourly_metrics", "cohort_retention"):
        RollupStateFactory(workspace=workspace, rollup=rollup, filled_to=today)
    for ago in range(40):
        day: datetime = today - timedelta(days=ago)
        counts = {"dau": 60 - ago, "wau": 200, "mau": 500, "new_signups": 6, "sessions": 90, "session_seconds": 7_000}
        counts |= {"posts_created": 40, "comments_created": 30, "likes_given": 9, "pages_viewed": 300}
        PlatformDailyFactory(workspace=workspace, date=day.date(), **counts)
        UserCohortFactory(workspace=workspace, signed_up_on=day.date(), people=6)
        HourlyMetrics.objects.create(
            workspace=workspace, hour=day + timedelta(hours=ago % 24), active_people=ago, calculated_at=day
        )
    return member


def test_each_says_what_the_api_says_and_fits_a_phone(page, analyst, troubles):
    log_in(page, analyst.user)
    page.wait_for_load_state("networkidle")
    for name, board in addresses().items():
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(f"/admin/dashboards/{board.key}/")
        page.wait_for_load_state("networkidle")
        told = page.request.get(f"/api/dashboard/{name}").json()["data"]
        seen = page.locator(".agora-card [data-value]").evaluate_all(
            "all => all.map(one => [one.dataset.value, one.textContent])"
        )
        assert seen == [[one["key"], shown(one["unit"], one["value"])] for one in told["cards"]], name
        panels = page.locator("[data-panel]").evaluate_all("all => all.map(one => one.dataset.panel)")
        assert panels == [one["key"] for one in told["tables"]], name
        drawn = page.locator("canvas").evaluate_all("all => all.map(one => [one.id, Boolean(Chart.getChart(one))])")
        assert [one for one, is_drawn in drawn if not is_drawn] == [], name
        page.set_viewport_size({"width": 390, "height": 844})
        # Charts follow the window a moment later.
        page.wait_for_function(f"document.documentElement.scrollWidth <= 390 && ({TOO_WIDE}).length === 0")
    assert troubles == []


def test_a_range_is_asked_for_explained_and_exported(page, analyst, troubles):
    log_in(page, analyst.user)
    first = (timezone.now() - timedelta(days=9)).date()
    page.goto("/admin/dashboards/engagement/")
    page.get_by_label("From").fill(str(first))
    page.get_by_label("against").select_option("none")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url(f"**from={first}**compare=none**")
    chart = page.locator(".agora-chart", has_text="Active people by day")
    chart.get_by_text("The numbers as a table").click()
    expect(chart.locator("tbody tr")).to_have_count(10)
    hours = page.locator("[data-panel=hours]")
    info = hours.get_by_role("button", name="What When people are there means")
    info.focus()
    expect(hours.get_by_role("tooltip")).to_be_visible()
    with page.expect_download() as download:
        hours.get_by_role("link", name="CSV").click()
    assert download.value.path().read_text().startswith("Day,00,01,")
    hours.get_by_role("link", name="Explain").click()
    page.wait_for_url("**/admin/rollups/hourly_metrics/**")
    assert troubles == []


def test_a_group_is_chosen_for_the_same_days_and_what_cannot_be_told_of_it_says_so(page, analyst, troubles):
    none = dict.fromkeys(("sessions", "session_seconds", "bounces", "session_pages"), 0)
    none |= dict.fromkeys(("interactive_sessions", "interaction_seconds"), 0)
    today = timezone.now()
    RollupStateFactory(workspace=analyst.workspace, rollup="segment_activity_daily", filled_to=today)
    for ago in range(12):
        counts = none | {"people": 20, "dau": 20 - ago, "sessions": 7, "calculated_at": today}
        day = (today - timedelta(days=ago)).date()
        for segment in ("power", "casual"):
            SegmentActivityDaily.objects.create(workspace=analyst.workspace, date=day, segment=segment, **counts)
    first, last = (str((today - timedelta(days=ago)).date()) for ago in (6, 2))

    log_in(page, analyst.user)
    page.goto(f"/admin/dashboards/executive/?from={first}&to={last}")
    page.locator("select[name=segment]").select_option("power")
    page.get_by_role("button", name="Show").last.click()
    page.wait_for_load_state("networkidle")

    query = {"from": first, "to": last, "segment": "power"}
    assert all(f"{name}={value}" in page.url for name, value in query.items())
    expect(page.locator("select[name=segment]")).to_have_value("power")
    told = page.request.get("/api/dashboard/executive-summary", params=query).json()["data"]
    assert {one["key"]: one["value"] for one in told["cards"]}["dau"] == 18
    seen = page.locator(".agora-card [data-value]").evaluate_all(
        "all => all.map(one => [one.dataset.value, one.textContent])"
    )
    assert seen == [[one["key"], shown(one["unit"], one["value"])] for one in told["cards"]]
    untold = page.locator("[data-untold]")
    wanted = [one["key"] for one in told["not_told"] if one["kind"] != "series"]
    assert sorted(untold.evaluate_all("all => all.map(one => one.dataset.untold)")) == sorted(wanted)
    expect(untold.first).to_contain_text("Not by segment.")
    page.get_by_role("link", name="Show all people").click()
    expect(page.locator("[data-value=dau]")).to_have_text("58")
    assert troubles == []

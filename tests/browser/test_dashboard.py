"""The executive dashboard in a real Chromium: logged in through the form, drawn, dark, narrow, by keyboard."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from config.models import Role
from tests.browser.window import PASSWORD, log_in
from tests.factories.analytics import PlatformDailyFactory, RollupStateFactory, UserCohortFactory
from tests.factories.config import MemberFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DASHBOARD = "/admin/dashboards/executive/"

# How many of a canvas's pixels are painted, and how many in the first colour of the light and of the dark theme.
PIXELS = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const is = (at, colour) => colour.every((part, offset) => Math.abs(data[at + offset] - part) < 3);
  const found = { painted: 0, light: 0, dark: 0 };
  for (let at = 0; at < data.length; at += 4) {
    found.painted += data[at + 3] > 0;
    found.light += is(at, [0, 0x72, 0xb2]);
    found.dark += is(at, [0x56, 0xb4, 0xe9]);
  }
  return found;
}"""


@pytest.fixture
def member():
    """A viewer of a workspace with 40 days of numbers."""
    member = MemberFactory(role=Role.VIEWER, user=UserFactory(password=PASSWORD))
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    RollupStateFactory(workspace=member.workspace, filled_to=today)
    for ago in range(40):
        date = today.date() - timedelta(days=ago)
        counts = {"dau": 60 - ago, "wau": 200 - ago, "mau": 500 - ago, "new_signups": 1 + ago % 7, "sessions": 90}
        PlatformDailyFactory(workspace=member.workspace, date=date, **counts)
        UserCohortFactory(workspace=member.workspace, signed_up_on=date)
    return member


@pytest.fixture
def dashboard(page, member):
    """The page after the login through the form."""
    log_in(page, member.user)
    page.wait_for_url(f"**{DASHBOARD}")
    page.wait_for_load_state("networkidle")
    return page


def drawn(page):
    return {key: page.locator(f"#chart-{key}").evaluate(PIXELS) for key in ("active", "signups", "cohorts")}


def test_it_is_the_first_page_and_its_charts_are_drawn_without_a_complaint(dashboard, troubles):
    assert dashboard.locator("[data-value=dau]").inner_text() == "59"
    assert all(chart["painted"] > 1_000 for chart in drawn(dashboard).values())
    assert troubles == []


def test_charts_follow_the_theme(dashboard, troubles):
    assert "dark" not in (dashboard.locator("html").get_attribute("class") or "")
    for chart in drawn(dashboard).values():
        assert chart["light"] > 50
        assert chart["dark"] == 0
    dashboard.get_by_text("unfold_more").click()
    dashboard.get_by_text("Dark", exact=True).click()
    dashboard.wait_for_function("document.documentElement.classList.contains('dark')")
    dashboard.wait_for_timeout(200)
    for chart in drawn(dashboard).values():
        assert chart["light"] == 0
        assert chart["dark"] > 50
    ground = dashboard.locator(".agora-card").first.evaluate("card => getComputedStyle(card).backgroundColor")
    assert ground != "rgb(255, 255, 255)"
    assert troubles == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_sideways_scroll(dashboard, troubles, scheme):
    dashboard.emulate_media(color_scheme=scheme)
    dashboard.set_viewport_size({"width": 390, "height": 844})
    dashboard.reload()
    dashboard.wait_for_load_state("networkidle")
    for table in dashboard.locator("summary").all():
        table.click()
    assert dashboard.evaluate("document.documentElement.scrollWidth") <= 390
    too_wide = "[...document.querySelectorAll('.agora-dashboard *')].filter(e => e.getBoundingClientRect().right > 391"
    assert dashboard.evaluate(f"{too_wide} && !e.closest('.agora-scroll')).map(e => e.className)") == []
    assert all(chart["painted"] > 500 for chart in drawn(dashboard).values())
    assert troubles == []


def test_the_live_row_asks_again(dashboard, troubles):
    with dashboard.expect_response("**/admin/dashboards/live/**", timeout=15_000) as answer:
        dashboard.locator("[data-live=dau]").evaluate("place => { place.textContent = 'old'; }")
    assert answer.value.status == 200
    dashboard.wait_for_function("document.querySelector('[data-live=dau]').textContent === '0'")
    assert troubles == []


def test_a_definition_shows_to_a_keyboard(dashboard):
    info = dashboard.get_by_role("button", name="What Daily active people means")
    tip = dashboard.locator("#means-dau")
    assert info.get_attribute("title") == tip.text_content()
    assert not tip.is_visible()
    dashboard.locator(".agora-days select").last.focus()
    dashboard.keyboard.press("Tab")
    expect(dashboard.locator(".agora-days button")).to_be_focused()
    dashboard.keyboard.press("Tab")
    expect(tip).to_be_visible()
    assert info.evaluate("button => getComputedStyle(button).outlineStyle") == "solid"


def test_the_range_is_chosen_and_the_numbers_open_as_a_table(dashboard, troubles):
    dashboard.get_by_role("link", name="90 days").click()
    dashboard.wait_for_url("**days=90**")
    dashboard.wait_for_load_state("networkidle")
    section = dashboard.locator(".agora-chart").first
    section.get_by_text("The numbers as a table").click()
    expect(section.locator("tbody tr")).to_have_count(91)
    assert troubles == []

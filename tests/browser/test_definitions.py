"""A definition changed in a real Chromium: edited, previewed, applied, filled; light, dark and narrow."""

import pytest
from playwright.sync_api import expect

from analytics.admin import previews
from analytics.models import DefinitionVersion
from config.models import Role
from tests.analytics.community import Community, at
from tests.browser.window import PASSWORD, log_in
from tests.factories.config import MemberFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def viewed():
    """Two events of each of five people 45 minutes apart, on each of three days."""
    community = Community()
    for day in range(3):
        for number in range(5):
            for clock in ("10:00", "10:45"):
                community.happens("post_view", f"u{number}", at(day, clock))
    community.fill()
    return community


@pytest.fixture
def definitions(page, viewed, monkeypatch):
    """The list of definitions; what is handed to the workers waits."""
    monkeypatch.setattr(previews, "send", lambda *_: None)
    member = MemberFactory(workspace=viewed.workspace, role=Role.ANALYST, user=UserFactory(password=PASSWORD))
    log_in(page, member.user)
    page.wait_for_url("**/dashboards/**")
    page.goto("/admin/definitions/")
    return page


def preview(page):
    page.get_by_role("link", name="Session gap").click()
    page.get_by_label("Minutes").fill("60")
    page.get_by_label("Holds from").fill("2026-03-03")
    page.locator("#id_reason").fill("long reads")
    page.get_by_role("button", name="Preview", exact=True).last.click()


def test_a_definition_is_edited_previewed_applied_filled_and_taken_back(definitions, viewed, troubles):
    page = definitions
    preview(page)
    row = page.locator("[data-metric=sessions] td")
    expect(row).to_have_text(["20", "10", "2"])
    page.get_by_role("button", name="Apply and fill again").click()
    page.wait_for_url("**/?filling=*")
    expect(page.locator("[data-progress]")).to_have_attribute("data-progress", "0")
    viewed.fill()
    page.locator("[data-progress='100']").wait_for(timeout=10_000)
    assert DefinitionVersion.objects.get().value == {"minutes": 60}

    page.get_by_text("Take back", exact=True).last.click()
    page.get_by_label("Why").first.fill("a mistake")
    page.get_by_role("button", name="Preview", exact=True).first.click()
    expect(page.locator("[data-metric=sessions] td")).to_have_text(["10", "20", "2"])
    page.get_by_role("button", name="Take it back and fill again").click()
    page.wait_for_url("**/?filling=*")
    assert DefinitionVersion.objects.get().retired_note == "a mistake"
    assert troubles == []


def test_what_is_edited_after_the_preview_is_previewed_again(definitions, troubles):
    page = definitions
    preview(page)
    expect(page.locator("[data-metric=sessions]")).to_have_count(1)
    page.get_by_label("Minutes").fill("44")
    page.get_by_role("button", name="Apply and fill again").click()
    expect(page.locator("[data-metric=sessions]")).to_have_count(0)
    assert not DefinitionVersion.objects.exists()
    assert troubles == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_sideways_scroll(definitions, troubles, scheme):
    page = definitions
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    preview(page)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert troubles == []


def test_a_pattern_says_whom_it_matches_and_a_time_zone_what_it_moves(page, viewed, troubles):
    member = MemberFactory(workspace=viewed.workspace, role=Role.ADMIN, user=UserFactory(password=PASSWORD))
    log_in(page, member.user)
    page.wait_for_url("**/dashboards/**")
    page.goto("/admin/definitions/commons/test_accounts/")
    page.get_by_label("Patterns").fill("test\nu1")
    page.get_by_label("Holds from").fill("2026-03-01")
    page.locator("#id_reason").fill("one of us")
    page.get_by_role("button", name="Preview", exact=True).last.click()
    expect(page.locator("[data-person]")).to_have_text(["u1 out of the counts 3"], use_inner_text=True)
    expect(page.locator("[data-metric=dau] td").first).to_be_visible()

    page.goto(f"/admin/config/workspace/{viewed.workspace.pk}/change/")
    page.get_by_role("link", name="Change the time zone").click()
    page.get_by_label("Time zone").select_option("Pacific/Kiritimati")
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.get_by_role("button", name="Change to Pacific/Kiritimati and fill again")).to_be_visible()
    expect(page.locator("[data-metric=dau]")).to_have_count(1)
    assert troubles == []

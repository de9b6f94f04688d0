"""The control room in a real Chromium: drawn, dark, and on a phone."""

import pytest

from config.models import Role
from tests.browser.test_dashboard import PIXELS
from tests.browser.window import PASSWORD, log_in
from tests.economy.market import trade
from tests.factories.config import MemberFactory, UserFactory, WorkspaceFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CHARTS = ("supply", "flows", "lorenz", "bands", "gini", "velocity")


def test_its_charts_are_drawn_in_both_themes_and_a_phone_needs_no_sideways_scroll(page, troubles, committed_ledger):
    workspace = WorkspaceFactory(name="Forum")
    trade(workspace)
    user = UserFactory(password=PASSWORD)
    MemberFactory(user=user, workspace=workspace, role=Role.COMMUNITY_MANAGER)
    log_in(page, user)
    page.get_by_role("link", name="Control room").click()
    for scheme, width in (("light", 1280), ("dark", 1280), ("dark", 390), ("light", 390)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        page.reload()
        page.wait_for_load_state("networkidle")
        drawn = {key: page.locator(f"#chart-{key}").evaluate(PIXELS) for key in CHARTS}
        assert all(found["painted"] > 500 for found in drawn.values()), (scheme, width)
        assert all((found["light"] > found["dark"]) == (scheme == "light") for found in drawn.values())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("link", name="member-0").first.click()
    page.get_by_text("member-0:").wait_for()
    assert troubles == []

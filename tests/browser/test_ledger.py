"""One operator asks for many points, another approves, and the statement tells it."""

import pytest
from playwright.sync_api import expect

from config.models import Role
from tests.browser.window import PASSWORD, log_in
from tests.factories.config import MemberFactory, UserFactory, WorkspaceFactory
from tests.factories.economy import grant
from tests.factories.ingestion import ActorFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_points_above_the_limit_are_given_by_two(page, live_server, troubles, committed_ledger):
    workspace = WorkspaceFactory(name="Forum")
    grant(workspace, 100, ActorFactory(workspace=workspace, distinct_id="ada").actor_id)
    first, second = (UserFactory(password=PASSWORD) for _ in range(2))
    for user in (first, second):
        MemberFactory(user=user, workspace=workspace, role=Role.ADMIN)
    log_in(page, first)

    page.get_by_role("link", name="Ledger").first.click()
    page.get_by_label("Statement of").fill("ada")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_text("ada: 100 points")).to_be_visible()
    page.get_by_role("link", name="Adjust the balance").click()
    page.get_by_label("Points").fill("5000")
    page.get_by_label("Reason").fill("Won the contest")
    page.get_by_role("button", name="Adjust", exact=True).click()
    expect(page.get_by_text("it waits until a second operator approves")).to_be_visible()
    expect(page.get_by_text("ada: 100 points")).to_be_visible()

    page.context.clear_cookies()
    log_in(page, second)
    page.get_by_role("link", name="Corrections").first.click()
    page.get_by_role("link", name="+5,000 points").click()
    page.get_by_role("link", name="Approve").click()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Done.")).to_be_visible()

    page.get_by_role("link", name="Ledger").first.click()
    expect(page.get_by_text("5,100 points with people")).to_be_visible()
    page.get_by_role("link", name="2", exact=True).click()
    expect(page.get_by_text("Won the contest")).to_be_visible()
    assert troubles == []

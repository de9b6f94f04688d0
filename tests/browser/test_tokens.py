"""A personal token in a real Chromium: made in a dialog, shown once, and revoked."""

import pytest
from playwright.sync_api import expect

from config.models import ApiToken, Scope
from config.tokens import user_of_token
from tests.browser.window import PASSWORD, log_in
from tests.factories.config import MemberFactory, UserFactory
from tests.pages import list_url

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_token_is_made_shown_once_and_revoked(page, troubles):
    user = MemberFactory(user=UserFactory(password=PASSWORD)).user
    log_in(page, user)
    page.wait_for_url("**/dashboards/**")
    page.goto(list_url(ApiToken))
    page.get_by_role("link", name="New token").click()
    page.get_by_label("Name").fill("Monthly report")
    page.get_by_label("Read what is told of single people").check()
    page.get_by_role("button", name="Make it").click()
    token = page.get_by_label("Token", exact=True).input_value()
    assert user_of_token(token, Scope.READ_PEOPLE) == user
    expect(page.get_by_role("button", name="Make it")).to_have_count(0)
    page.get_by_role("link", name="Done").click()
    page.get_by_role("link", name="Monthly report").click()
    assert token not in page.content()
    page.get_by_role("link", name="Revoke").click()
    page.get_by_role("button", name="Revoke").click()
    page.get_by_text("is revoked").wait_for()
    assert user_of_token(token) is None
    assert troubles == []

"""A new write key in a real Chromium: shown in the dialog, once."""

import pytest

from config.models import Role
from ingestion import keys
from ingestion.models import WriteKey
from tests.browser.window import PASSWORD, log_in
from tests.factories.config import MemberFactory, UserFactory
from tests.factories.ingestion import SourceFactory
from tests.pages import url

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("action", "button"), [("New server key", "Make it"), ("Rotate keys", "Rotate")])
def test_a_key_is_shown_in_its_dialog_and_never_again(page, troubles, action, button):
    member = MemberFactory(role=Role.ADMIN, user=UserFactory(password=PASSWORD))
    source = SourceFactory(workspace=member.workspace)
    log_in(page, member.user)
    page.wait_for_url("**/dashboards/**")
    page.goto(url(source, "change"))
    page.get_by_role("link", name=action).click()
    page.get_by_role("button", name=button).click()
    shown = page.get_by_label("Write key").input_value()
    row = WriteKey.objects.get()
    assert row.digest == keys.digest_of(shown)
    assert page.get_by_role("button", name=button).count() == 0
    page.get_by_role("link", name="Done").click()
    page.wait_for_load_state("networkidle")
    assert f"{row.prefix}…" in page.content()
    assert shown not in page.content()
    assert troubles == []

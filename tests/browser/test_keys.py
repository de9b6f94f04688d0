"""A new write key in a real Chromium: shown in the dialog and in the code to paste, until the page is left."""

import pytest
from playwright.sync_api import expect

from config.models import Role
from ingestion import keys
from ingestion.models import WriteKey
from tests.browser.window import PASSWORD, log_in
from tests.factories.config import MemberFactory, UserFactory
from tests.factories.ingestion import SourceFactory
from tests.pages import url

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def source():
    return SourceFactory(workspace=MemberFactory(role=Role.ADMIN, user=UserFactory(password=PASSWORD)).workspace)


@pytest.fixture
def shown(page, source):
    """The page of the source."""
    log_in(page, source.workspace.members.get().user)
    page.wait_for_url("**/dashboards/**")
    page.goto(url(source, "change"))
    return page


@pytest.mark.parametrize(
    ("action", "button", "client"),
    [
        ("New server key", "Make it", "Python"),
        ("New client key", "Make it", "Browser"),
        ("Rotate keys", "Rotate", "Browser"),
    ],
)
def test_a_key_is_shown_in_its_dialog_and_in_the_code_until_the_page_is_left(shown, troubles, action, button, client):
    shown.get_by_label("Name").fill("Not saved yet")
    shown.get_by_role("link", name=action).click()
    shown.get_by_role("button", name=button).click()
    key = shown.get_by_label("Write key").input_value()
    row = WriteKey.objects.get()
    assert row.digest == keys.digest_of(key)
    expect(shown.get_by_role("button", name=button)).to_have_count(0)
    shown.get_by_text(f"{row.prefix}…").wait_for(state="attached")
    shown.get_by_role("link", name="Done").click()
    shown.get_by_label("Write key").wait_for(state="hidden")
    assert shown.get_by_role("tab", selected=True).inner_text() == client
    (panel,) = shown.get_by_role("tabpanel").all()
    assert key in panel.inner_text()
    assert shown.get_by_label("Name").input_value() == "Not saved yet"
    shown.once("dialog", lambda asked: asked.accept())
    shown.reload()
    assert f"{row.prefix}…" in shown.content()
    assert key not in shown.content()
    assert troubles == []


def test_the_code_is_copied_and_its_tabs_answer_to_the_keyboard(shown, troubles):
    shown.context.grant_permissions(["clipboard-read", "clipboard-write"])
    assert shown.get_by_role("tab", selected=True).inner_text() == "Python"
    shown.get_by_role("tab", name="Python").focus()
    shown.keyboard.press("ArrowRight")
    shown.keyboard.press("ArrowRight")
    assert shown.get_by_role("tab", selected=True).inner_text() == "Browser"
    shown.get_by_role("button", name="Copy the code").click()
    shown.get_by_text("Copied", exact=True).wait_for()
    copied = shown.evaluate("navigator.clipboard.readText()")
    assert copied == shown.locator("#code-browser").inner_text()
    assert "AnalyticsBrowser.load(" in copied
    assert troubles == []


def test_the_code_is_copied_where_the_page_is_not_encrypted(shown, troubles):
    shown.context.grant_permissions(["clipboard-read", "clipboard-write"])
    shown.evaluate("window.real = navigator.clipboard")
    shown.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    shown.get_by_role("button", name="Copy the installation").click()
    shown.get_by_text("Copied", exact=True).wait_for()
    assert shown.evaluate("real.readText()") == "pip install segment-analytics-python"
    assert troubles == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_sideways_scroll(shown, troubles, scheme):
    shown.emulate_media(color_scheme=scheme)
    shown.set_viewport_size({"width": 390, "height": 844})
    for tab in shown.get_by_role("tab").all():
        tab.click()
        assert shown.evaluate("document.documentElement.scrollWidth") <= 390
        (panel,) = shown.get_by_role("tabpanel").all()
        assert panel.get_by_role("button", name="Copy the code").is_visible()
    assert troubles == []

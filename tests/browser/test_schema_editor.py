"""A schema written in a real Chromium: judged while it is written, formatted, tried, published."""

import json

import pytest
from playwright.sync_api import expect

from config.models import Role
from ingestion import versions
from tests.browser.window import PASSWORD, log_in
from tests.factories.config import MemberFactory, UserFactory
from tests.factories.ingestion import EventTypeFactory, EventTypeVersionFactory
from tests.pages import url

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SCHEMA = {"type": "object", "properties": {"poll_id": {"type": "string"}}}


@pytest.fixture
def kind(page):
    member = MemberFactory(role=Role.ANALYST, user=UserFactory(password=PASSWORD))
    row = EventTypeFactory(workspace=member.workspace, name="poll_answered", pointers={"object_id": ["/poll_id"]})
    EventTypeVersionFactory(event_type=row, schema=SCHEMA)
    log_in(page, member.user)
    page.wait_for_url("**/dashboards/**")
    return row


def test_a_draft_is_judged_while_it_is_written_and_published(page, kind, troubles):
    draft = versions.draft(kind)
    page.goto(url(draft, "change"))
    area, verdict = page.locator("textarea[name=schema]"), page.locator("#schema-verdict")
    expect(verdict).to_contain_text("nothing that matters")
    area.fill('{\n  "type": "object",\n  "properties" {}\n}')
    expect(verdict).to_contain_text("line 3, column 16")
    expect(page.locator(".agora-wrong")).to_have_text(["3"])
    area.fill('{"type": "object", "properties": {}}')
    expect(verdict).to_contain_text("/poll_id is gone")
    expect(page.locator(".agora-wrong")).to_have_count(0)
    area.fill(json.dumps(SCHEMA | {"required": ["poll_id"]}))
    expect(verdict).to_contain_text("/poll_id is required now")
    page.locator("textarea[name=sample]").fill('{"event_name": "poll_answered", "properties": {"poll_id": 7}}')
    expect(verdict).to_contain_text('/properties/poll_id 7 is not of type "string"')
    expect(verdict).to_contain_text("object_id 7")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto(url(draft, "change"))
    page.get_by_role("link", name="Publish").click()
    page.get_by_label("Begin a new major").check()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("poll_answered v2 is published")).to_be_visible()
    draft.refresh_from_db()
    assert (draft.status, draft.major, draft.schema["required"]) == ("active", 2, ["poll_id"])
    assert troubles == []


def test_the_editor_formats_and_indents_and_keeps_every_digit(page, kind, troubles):
    page.goto(url(versions.draft(kind), "change"))
    area = page.locator("textarea[name=schema]")
    typed = '{"maximum": 12345678901234567890, "title": "a, {b} \\" c", "enum": [], "x": {"y": {"z": 1}}}'
    area.fill(typed)
    page.get_by_role("button", name="Format").first.click()
    assert area.input_value().splitlines() == [
        "{",
        '  "maximum": 12345678901234567890,',
        '  "title": "a, {b} \\" c",',
        '  "enum": [],',
        '  "x": {',
        '    "y": {"z": 1}',
        "  }",
        "}",
    ]
    assert page.locator(".agora-gutter").first.inner_text().split() == [str(line) for line in range(1, 9)]
    area.press("Control+z")
    assert area.input_value() == typed
    area.fill("{")
    area.press("End")
    area.press("Enter")
    area.press_sequentially("1")
    assert area.input_value() == "{\n  1"
    area.press("Tab")
    assert area.input_value() == "{\n  1  "
    area.press("Escape")
    area.press("Tab")
    assert not area.evaluate("area => area === document.activeElement")
    assert troubles == []

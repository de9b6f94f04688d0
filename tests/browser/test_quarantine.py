"""A quarantined group in a real Chromium: seen, mended, tried, replayed once; light, dark and narrow."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from config.models import Role
from ingestion import keys, registry
from ingestion.models import Event, EventType, EventTypeVersion, QuarantinedEvent
from ingestion.payload import read_item
from ingestion.pipeline import ingest
from tests.browser.window import PASSWORD, log_in
from tests.factories.config import MemberFactory, UserFactory
from tests.factories.ingestion import EventTypeVersionFactory, SourceFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SCHEMA = {"type": "object", "properties": {"mood": {"type": "integer", "maximum": 10}}}


@pytest.fixture
def member():
    """An admin of a workspace in which 12 events were turned away by a schema and one for want of a name."""
    member = MemberFactory(role=Role.ADMIN, user=UserFactory(password=PASSWORD))
    source = SourceFactory(workspace=member.workspace, name="Mobile app")
    EventTypeVersionFactory(event_type__workspace=member.workspace, event_type__name="mood_logged", schema=SCHEMA)
    events = [
        {"type": "track", "event": "mood_logged", "userId": f"u{n}", "messageId": f"m{n}", "properties": {"mood": 11}}
        for n in range(12)
    ]
    items = [read_item(json.dumps(event).encode()) for event in [*events, {"type": "track", "userId": "ada"}]]
    ingest(items, keys.context_of(source, "client"), timezone.now())
    return member


@pytest.fixture
def quarantine(page, member):
    """The list of groups, found through the menu."""
    log_in(page, member.user)
    page.wait_for_url("**/dashboards/**")
    page.goto("/admin/quarantine/")
    return page


def mend(member):
    """A version that allows what was sent."""
    kind = EventType.objects.get(workspace=member.workspace, name="mood_logged")
    EventTypeVersion.objects.create(event_type=kind, version=2, status="active", schema={"type": "object"})
    registry.forget(member.workspace.pk)


def test_a_group_is_mended_tried_and_replayed_once(quarantine, member, troubles):
    page = quarantine
    expect(page.locator("svg.agora-bars")).to_have_count(2)
    page.get_by_role("link", name="mood_logged").click()
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.locator("[data-forecast=passing]")).to_have_text("0")
    assert "/properties/mood" in page.content()
    mend(member)
    page.get_by_role("button", name="Preview again").click()
    expect(page.locator("[data-forecast=passing]")).to_have_text("12")
    page.get_by_role("button", name="Replay 12 events").click()
    page.wait_for_url("**/quarantine/replay/*/")
    expect(page.locator("[data-outcome=stored]")).to_have_text("12")
    received = QuarantinedEvent.objects.filter(reason="schema").latest("received_at").received_at
    # Those of one instant are a microsecond apart.
    stored = Event.objects.values_list("received_at", flat=True)
    assert all(received <= at < received + timedelta(microseconds=12) for at in stored)
    page.go_back()
    page.reload()
    assert "Nothing of it waits any more" in page.content()
    assert Event.objects.count() == 12
    assert troubles == []


def test_an_event_is_edited_where_it_is_marked_and_stored(quarantine, member, troubles):
    page = quarantine
    page.get_by_role("link", name="mood_logged").click()
    page.locator("table tbody th a").last.click()
    marked = page.locator("mark.agora-wrong")
    expect(marked).to_contain_text('"mood": 11')
    page.get_by_role("link", name="Edit payload").click()
    editor = page.get_by_label("The event, as JSON")
    editor.fill(editor.input_value().replace('"mood": 11', '"mood": 9'))
    page.get_by_role("button", name="Keep and preview").click()
    expect(page.locator("[data-forecast=passing]")).to_have_text("1")
    page.get_by_role("button", name="Replay 1 event").click()
    page.wait_for_url("**/quarantine/replay/*/")
    assert Event.objects.get().properties == {"mood": 9}
    assert troubles == []


def test_a_field_of_a_group_is_changed_and_the_events_stored(quarantine, member, troubles):
    page = quarantine
    page.get_by_role("link", name="mood_logged").click()
    page.get_by_text("Change fields before they are stored").click()
    page.get_by_label("One change a line").fill("set /properties/mood 10")
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.locator("[data-forecast=passing]")).to_have_text("12")
    page.get_by_role("button", name="Replay 12 events with these changes").click()
    page.wait_for_url("**/quarantine/replay/*/")
    assert [event.properties for event in Event.objects.all()] == [{"mood": 10}] * 12
    assert troubles == []


def test_a_group_is_discarded_with_a_reason(quarantine, member, troubles):
    page = quarantine
    page.get_by_role("link", name="track").click()
    page.get_by_text("Discard 1 event").click()
    page.get_by_label("Why").fill("an old version of the app")
    page.get_by_role("button", name="Discard", exact=True).click()
    page.wait_for_url("**/admin/quarantine/?*")
    assert QuarantinedEvent.objects.get(status="discarded").note == "an old version of the app"
    assert troubles == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_sideways_scroll(quarantine, troubles, scheme):
    page = quarantine
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    page.wait_for_load_state("networkidle")
    group = page.get_by_role("link", name="mood_logged").get_attribute("href")
    addresses = ["/admin/quarantine/", group, f"{group}&preview=1"]
    for address in addresses:
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address
    assert troubles == []

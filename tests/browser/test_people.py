"""An operator finds somebody by an id, merges somebody into them, and takes them apart again."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from config.models import Role
from ingestion import partitions
from ingestion.models import WriteKey
from tests.browser.window import PASSWORD, log_in
from tests.factories.config import MemberFactory, UserFactory
from tests.factories.ingestion import SourceFactory
from tests.ingestion.conftest import Sender, event

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_person_is_found_merged_and_taken_apart(page, live_server, troubles):
    now = timezone.now()
    partitions.ensure({now.date(), (now - timedelta(hours=1)).date()})
    sender = Sender(SourceFactory(), WriteKey.Scope.CLIENT)
    identify = {"type": "identify", "anonymousId": "phone", "userId": "ada"}
    sender.send(identify, event(user="bob", properties={"post_id": "p-of-bob"}), at=now)
    operator = UserFactory(password=PASSWORD)
    MemberFactory(user=operator, workspace=sender.workspace, role=Role.ADMIN)
    log_in(page, operator)

    page.get_by_role("link", name="People").click()
    page.get_by_label("Any id of a person").fill("phone")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("row", name="phone").first).to_be_visible()
    expect(page.get_by_text("post_created")).to_have_count(0)

    page.get_by_role("link", name="Merge somebody into this person").click()
    page.get_by_label("Other id").fill("bob")
    page.get_by_label("Reason").fill("The same e-mail address")
    page.get_by_role("button", name="Look at them first").click()
    page.get_by_role("button", name="Merge into ada").click()
    expect(page.get_by_text("post_created")).to_be_visible()
    page.locator("details").filter(has_text="p-of-bob").locator("summary").click()
    expect(page.get_by_text("p-of-bob")).to_be_visible()

    page.get_by_role("link", name="Undo: bob").click()
    page.get_by_label("Reason").fill("It was her brother")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("It was her brother")).to_be_visible()
    expect(page.get_by_text("post_created")).to_have_count(0)
    assert troubles == []

"""One quarantined event in the admin: its failing lines marked, what is personal masked, and edited."""

import json
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from config.models import Role
from ingestion import quarantine
from ingestion.admin.quarantine_groups import group_url
from ingestion.models import QuarantinedEvent
from ingestion.quarantine import Selection
from tests.factories.config import MemberFactory
from tests.factories.ingestion import QuarantinedEventFactory
from tests.ingestion.conftest import NOW, event
from tests.pages import list_url, log_in, said, url

from .conftest import colleague, text_of

pytestmark = pytest.mark.django_db


class TestEvent:
    def test_the_failing_path_is_marked_in_the_payload(self, client, group):
        page = client.get(url(QuarantinedEvent.objects.first(), "change")).content.decode()
        assert page.count("agora-wrong") == 1
        assert re.search(r'<mark class="agora-wrong">\s*\{</mark>', page)

    def test_a_place_that_is_there_is_marked_where_it_stands_masked_or_not(self, member, sender):
        payload = {"eventName": "a", "data": {"mood": 99, "email": "ada@example.com"}}
        row = QuarantinedEventFactory(
            source=sender.source,
            payload=json.dumps(payload),
            errors=[{"path": "/properties/mood", "message": "too much"}],
        )
        for role in ("admin", "analyst"):
            page = colleague(member, role).get(url(row, "change")).content.decode()
            assert '<mark class="agora-wrong">    &quot;mood&quot;: 99,</mark>' in page
            assert ("ada@example.com" in page) is (role == "admin")

    def test_it_leads_to_a_preview_of_itself_alone(self, client, group):
        row = QuarantinedEvent.objects.first()
        answer = client.get(url(row, "review"))
        assert answer["Location"] == group_url(row.workspace, Selection(id=row.pk), preview=1)
        page = text_of(client.get(answer["Location"]))
        assert "One event: post_created" in page
        assert "0 of 1 would pass now" in page

    def test_one_that_was_decided_on_offers_nothing(self, client, sender):
        row = QuarantinedEventFactory(source=sender.source, status="stored", payload="", settled_at=timezone.now())
        page = client.get(url(row, "change")).content.decode()
        assert url(row, "review") not in page
        assert url(row, "edit_payload") not in page
        assert "As it was received" not in page
        assert client.get(url(row, "review")).status_code == 403

    def test_of_a_large_one_the_size_is_told(self, client, sender):
        sender.send(event(properties={"text": "x" * 40_000}))
        assert re.search(
            r"Size in bytes:? 40,\d{3} ", text_of(client.get(url(QuarantinedEvent.objects.get(), "change")))
        )

    def test_the_list_is_filtered_by_status(self, client, sender):
        row = QuarantinedEventFactory(source=sender.source, status="discarded")
        QuarantinedEventFactory(source=sender.source)
        answer = client.get(list_url(QuarantinedEvent), {"status__exact": "discarded"})
        assert [found.pk for found in answer.context["cl"].queryset] == [row.pk]


class TestEdit:
    @pytest.fixture
    def row(self, group):
        return QuarantinedEvent.objects.get(payload__contains="m0")

    def address(self, row):
        return reverse("admin:quarantine_edit", args=[row.pk])

    def mended(self, **more):
        return json.dumps(event(messageId="m0", properties={"post_id": "p"}, timestamp=NOW.isoformat(), **more))

    def test_the_edited_payload_is_tried_and_stored_and_the_original_is_kept_until_then(self, client, sender, row):
        assert client.get(url(row, "edit_payload"))["Location"] == self.address(row)
        assert "&quot;messageId&quot;: &quot;m0&quot;" in client.get(self.address(row)).content.decode()
        answer = client.post(self.address(row), {"payload": self.mended()})
        assert "1 of 1 would pass now" in text_of(client.get(answer["Location"]))
        row.refresh_from_db()
        assert json.loads(row.edited_payload)["properties"] == {"post_id": "p"}
        assert "properties" not in json.loads(row.payload)
        page = client.get(url(row, "change")).content.decode()
        assert "As it was edited" in page
        client.post(answer["Location"], {"do": "replay", "up_to": row.pk})
        assert sender.stored("event_id", "properties", "received_at") == [(row.event_id, {"post_id": "p"}, NOW)]

    def test_it_is_told_who_edited_and_not_what(self, client, member, row):
        client.post(self.address(row), {"payload": self.mended(secret="s3cret")})
        entry = LogEntry.objects.get()
        assert (entry.user, entry.get_change_message()) == (member.user, "Edited the payload")
        assert "s3cret" not in entry.object_repr

    def test_back_to_the_original(self, client, row):
        client.post(self.address(row), {"payload": self.mended()})
        client.post(self.address(row), {"reset": "1", "payload": "x"})
        row.refresh_from_db()
        assert row.edited_payload == ""

    @pytest.mark.parametrize(
        ("payload", "message"),
        [
            ("{", "Not readable as JSON"),
            ("[]", "An event is a JSON object"),
            ("", "This field is required"),
            ('{"a": "' + "x" * 33_000 + '"}', "An event may have 32,768 bytes"),
            ('{"a": "\\u0000"}', "NUL"),
            ("[" * 100_000, "An event may have"),
        ],
    )
    def test_what_can_never_be_stored_is_an_error_of_the_form(self, client, row, payload, message):
        answer = client.post(self.address(row), {"payload": payload})
        assert answer.status_code == 200
        assert message in str(answer.context["form"].errors["payload"])
        row.refresh_from_db()
        assert row.edited_payload == ""

    def test_no_address_gets_in_by_an_edit(self, client, row):
        client.post(self.address(row), {"payload": '{"type": "track", "event": "a", "context": {"ip": "203.0.113.9"}}'})
        row.refresh_from_db()
        assert "203.0.113" not in row.edited_payload

    @pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMIN}))
    def test_only_who_may_change_it_and_read_it_edits(self, member, row, role):
        client = colleague(member, role)
        for answer in (client.get(self.address(row)), client.post(self.address(row), {"payload": self.mended()})):
            assert answer.status_code in {403, 404}
            assert "messageId" not in answer.content.decode()
        row.refresh_from_db()
        assert row.edited_payload == ""
        if role == Role.ANALYST:
            assert url(row, "edit_payload") not in client.get(url(row, "change")).content.decode()

    def test_a_right_in_another_workspace_does_not_count(self, member, row):
        user = MemberFactory(workspace=member.workspace, role=Role.ANALYST).user
        MemberFactory(user=user, role=Role.ADMIN)
        assert log_in(user).get(self.address(row)).status_code == 403

    def test_that_of_others_is_not_found(self, client):
        other = QuarantinedEventFactory()
        assert client.get(self.address(other)).status_code == 404
        assert client.post(self.address(other), {"payload": self.mended()}).status_code == 404

    def test_one_that_was_decided_on_meanwhile_stays_so(self, client, sender, row):
        quarantine.discard(sender.workspace, Selection(), "why", None)
        answer = client.post(self.address(row), {"payload": self.mended()})
        assert "decided on already" in said(answer)[0]
        row.refresh_from_db()
        assert (row.edited_payload, row.payload) == ("", "")

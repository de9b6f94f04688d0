"""Schemas from what was seen, and names that were refused, in the admin."""

import html
import json
import re

import pytest
from django.urls import reverse

from config.models import Role
from ingestion import versions
from ingestion.models import EventType
from tests.factories.config import MemberFactory
from tests.factories.ingestion import EventTypeFactory, QuarantinedEventFactory
from tests.pages import confirm, log_in, said, url

from .conftest import event

pytestmark = pytest.mark.django_db


class TestWhatWasSeen:
    @pytest.fixture
    def seen(self, sender):
        """A discovered type with three stored events, one of them without what the others have."""
        sender.send(*(event("poll", poll_id=f"p{n}") for n in range(3)))
        sender.send(*(event("poll", properties={"poll_id": n, "note": "secret"}) for n in (1, 2)))
        sender.send(event("other", properties={"elsewhere": 1}))
        return EventType.objects.get(workspace=sender.workspace, name="poll")

    @pytest.fixture
    def client(self, sender):
        return log_in(MemberFactory(workspace=sender.workspace, role=Role.ANALYST).user)

    def test_the_dialog_says_what_was_seen_and_drafts_nothing(self, client, seen):
        dialog = client.get(url(seen, "from_seen")).content.decode()
        assert "5 stored and 0 quarantined" in dialog
        assert "<code>poll_id</code> integer, in 2" in dialog
        assert "elsewhere" not in dialog
        assert "secret" not in dialog
        assert not seen.versions.exists()

    def test_one_click_makes_a_draft_that_every_event_passes(self, client, seen):
        answer = confirm(client, seen, "from_seen")
        draft = seen.versions.get()
        assert answer["Location"] == url(draft, "change")
        assert draft.status == "draft"
        assert draft.schema["properties"]["note"] == {
            "type": ["string", "null"],
            "description": "Seen in 2 of 5 events.",
        }
        assert "secret" not in json.dumps(draft.schema)
        assert "All 5 events that were looked at would pass (5 stored, 0 in quarantine)" in client.get(
            url(draft, "change")
        ).content.decode().replace("\n", " ")

    def test_a_draft_says_how_many_would_be_refused_and_why_without_values(self, client, seen):
        schema = {"properties": {"note": {"type": "integer"}}, "required": ["poll_id"]}
        draft = versions.draft(seen, schema)
        for page in ("change", "publish"):
            text = client.get(url(draft, page)).content.decode()
            assert "5 would be refused" in text
            assert "<code>the properties: required</code> 3" in text
            assert "<code>/note: type</code> 2" in text
            assert "secret" not in text

    def test_a_type_of_which_nothing_was_seen_gets_no_draft(self, client, sender):
        row = EventTypeFactory(workspace=sender.workspace, name="quiet")
        assert "Nothing was seen of it yet" in client.get(url(row, "from_seen")).content.decode()
        assert said(confirm(client, row, "from_seen")) == ["Nothing was seen of quiet yet."]
        assert not row.versions.exists()

    def test_publishing_declares_a_discovered_type(self, client, seen):
        confirm(client, seen, "from_seen")
        seen.refresh_from_db()
        assert seen.discovered
        confirm(client, seen.versions.get(), "publish")
        seen.refresh_from_db()
        assert not seen.discovered

    def test_those_who_only_look_and_those_of_other_workspaces_make_none(self, sender, seen):
        viewer = log_in(MemberFactory(workspace=sender.workspace, role=Role.COMMUNITY_MANAGER).user)
        stranger = log_in(MemberFactory(role=Role.ADMIN).user)
        for client in (viewer, stranger):
            assert client.get(url(seen, "from_seen")).status_code == 403
            assert confirm(client, seen, "from_seen").status_code == 403
        assert not seen.versions.exists()


class TestRefusedNames:
    ADD = "admin:ingestion_eventtype_add_refused"

    @pytest.fixture
    def member(self):
        return MemberFactory(role=Role.ADMIN)

    @pytest.fixture
    def client(self, member):
        return log_in(member.user)

    def take_in(self, client, *values):
        return client.post(reverse(self.ADD), {"_form_submitted": "True", "names": values})

    @pytest.fixture
    def refused(self, member):
        for name in ("poll", "poll", "a:b"):
            QuarantinedEventFactory(source__workspace=member.workspace, reason="unknown_type", event_name=name)

    def test_they_are_offered_with_their_events_and_taken_in_as_discovered(self, client, member, refused):
        dialog = client.get(reverse(self.ADD)).content.decode()
        assert "poll (2)" in dialog
        answer = self.take_in(client, f"{member.workspace.pk}:poll", f"{member.workspace.pk}:a:b")
        (message,) = said(answer)
        assert message.startswith("Taken in: 2. Make each a schema from its events. <a ")
        for link in re.findall('href="([^"]+)"', message):
            assert client.get(html.unescape(link)).status_code == 200
        rows = EventType.objects.filter(workspace=member.workspace).values_list("name", "kind", "discovered")
        assert sorted(rows) == [("a:b", "track", True), ("poll", "track", True)]
        assert "There are none" in client.get(reverse(self.ADD)).content.decode()

    def test_only_names_that_were_refused_in_a_workspace_that_may_be_changed_are_taken_in(
        self, client, member, refused
    ):
        viewed = MemberFactory(user=member.user, role=Role.COMMUNITY_MANAGER).workspace
        other = QuarantinedEventFactory(reason="unknown_type", event_name="theirs").workspace
        QuarantinedEventFactory(source__workspace=viewed, reason="unknown_type", event_name="seen")
        values = [f"{other.pk}:theirs", f"{viewed.pk}:seen", f"{member.workspace.pk}:made_up", "x", ""]
        for value in values:
            assert self.take_in(client, value).status_code == 200
        assert not EventType.objects.exists()
        dialog = client.get(reverse(self.ADD)).content.decode()
        assert "theirs" not in dialog
        assert "seen (" not in dialog

    def test_those_who_only_look_take_none_in(self, member, refused):
        client = log_in(MemberFactory(workspace=member.workspace, role=Role.COMMUNITY_MANAGER).user)
        assert client.get(reverse(self.ADD)).status_code == 403
        assert self.take_in(client, f"{member.workspace.pk}:poll").status_code == 403

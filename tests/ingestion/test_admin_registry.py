"""Event types and the versions of their schemas in the admin."""

import html
import json
import re

import pytest

from config.models import Role
from ingestion import registry, versions
from ingestion.models import EventType, EventTypeVersion
from tests.factories.config import MemberFactory
from tests.factories.ingestion import EventTypeFactory, EventTypeVersionFactory, QuarantinedEventFactory
from tests.pages import confirm, list_url, log_in, said, url

pytestmark = pytest.mark.django_db

OPEN = {"type": "object", "properties": {"a": {"type": "string"}}}
OTHER = {"type": "object", "properties": {"b": {"type": "integer"}}}


@pytest.fixture
def member():
    return MemberFactory(role=Role.ADMIN)


@pytest.fixture
def client(member):
    return log_in(member.user)


@pytest.fixture
def kind(member):
    return EventTypeFactory(workspace=member.workspace, name="post_created", discovered=True)


def colleague(member, role):
    return log_in(MemberFactory(workspace=member.workspace, role=role).user)


class TestEventTypes:
    def form(self, kind, **fields):
        form = {"name": kind.name, "kind": "track", "category": "user_action", "purpose": "analytics"}
        form |= {"pointers": "{}", "counts_as": "", "versions-TOTAL_FORMS": 0, "versions-INITIAL_FORMS": 0}
        return form | fields

    def test_saving_a_discovered_type_declares_it(self, client, kind):
        assert client.post(url(kind, "change"), self.form(kind, counts_as="posts_created")).status_code == 302
        kind.refresh_from_db()
        assert (kind.counts_as, kind.discovered, kind.pointers) == ("posts_created", False, {})

    def test_discovered_types_are_filtered(self, client, member, kind):
        EventTypeFactory(workspace=member.workspace)
        answer = client.get(list_url(EventType), {"discovered__exact": "1"})
        assert [row.pk for row in answer.context["cl"].queryset] == [kind.pk]

    def test_the_name_stays(self, client, kind):
        client.post(url(kind, "change"), self.form(kind, name="other"))
        kind.refresh_from_db()
        assert kind.name == "post_created"

    @pytest.mark.parametrize(
        ("pointers", "message"),
        [
            ('{"nobody": ["/a"]}', "keys among"),
            ('{"value": "/a"}', "a list of strings"),
            ('{"value": ["a"]}', "a list of strings"),
            ('{"value": ["/a~2"]}', "after ~ comes 0"),
            ('{"value": ["/a", "/a"]}', "stands twice"),
            ("[1]", "keys among"),
            ("[", "Not JSON: Expecting value, line 1, column 2"),
        ],
    )
    def test_pointers_are_checked(self, client, kind, pointers, message):
        answer = client.post(url(kind, "change"), self.form(kind, pointers=pointers))
        errors = answer.context["adminform"].form.errors
        assert message in str(errors["pointers"])
        assert answer.context["adminform"].form["pointers"].value() == pointers

    def test_pointers_are_stored(self, client, kind):
        client.post(url(kind, "change"), self.form(kind, pointers='{"object_id": ["/post/id", "/a~1b~0"]}'))
        kind.refresh_from_db()
        assert kind.pointers == {"object_id": ["/post/id", "/a~1b~0"]}

    @pytest.mark.parametrize(("purpose", "stored"), [("marketing", "marketing"), ("fun", "analytics")])
    def test_the_purpose_is_one_that_people_can_consent_to(self, client, kind, purpose, stored):
        client.post(url(kind, "change"), self.form(kind, purpose=purpose))
        kind.refresh_from_db()
        assert kind.purpose == stored

    def test_a_type_that_was_added_leads_to_its_page(self, client, member):
        form = self.form(EventType(name="poll_answered"), workspace=member.workspace.pk)
        answer = client.post(list_url(EventType) + "add/", form)
        assert answer["Location"] == url(EventType.objects.get(), "change")

    def test_an_analyst_edits_and_a_moderator_does_not_even_look(self, member, kind):
        analyst, moderator = colleague(member, Role.ANALYST), colleague(member, Role.MODERATOR)
        assert analyst.post(url(kind, "change"), self.form(kind, owner="Data")).status_code == 302
        assert moderator.get(url(kind, "change")).status_code == 403
        kind.refresh_from_db()
        assert kind.owner == "Data"

    def test_versions_are_listed_with_their_state(self, client, kind):
        EventTypeVersionFactory(event_type=kind)
        EventTypeVersionFactory(event_type=kind, version=2)
        draft = versions.draft(kind)
        page = client.get(url(kind, "change")).content.decode()
        assert url(draft, "change") in page
        assert all(state in page for state in ("Active, behind a higher one", "Active: checks new events", "Draft"))


class TestDrafts:
    @pytest.fixture
    def draft(self, kind):
        return versions.draft(kind, OPEN)

    def test_a_new_version_begins_as_the_newest_and_its_page_comes_next(self, client, kind):
        EventTypeVersionFactory(event_type=kind, schema=OTHER)
        answer = confirm(client, kind, "new_version")
        draft = kind.versions.get(version=2)
        assert (draft.status, draft.schema) == ("draft", OTHER)
        assert answer["Location"] == url(draft, "change")

    def test_it_is_edited(self, client, draft):
        assert client.post(url(draft, "change"), {"schema": json.dumps(OTHER)}).status_code == 302
        draft.refresh_from_db()
        assert (draft.schema, draft.status) == (OTHER, "draft")

    @pytest.mark.parametrize("schema", [{}, {"type": "object", "title": "<b>é"}])
    def test_every_object_is_a_schema(self, client, draft, schema):
        client.post(url(draft, "change"), {"schema": json.dumps(schema)})
        draft.refresh_from_db()
        assert draft.schema == schema
        page = client.get(url(draft, "change")).content.decode()
        assert "<b>é" not in page

    @pytest.mark.parametrize(
        ("schema", "message"),
        [
            ("", "This field is required"),
            ("{", "Not JSON: Expecting property name enclosed in double quotes, line 1, column 2"),
            ('{"a": "\\u0000"}', "NUL"),
            ("[]", "A schema is a JSON object"),
            ('{"type": "nope"}', "/type: "),
            ('{"$ref": "http://127.0.0.1:1/schema"}', "lies outside of the schema"),
        ],
    )
    def test_what_is_no_schema_is_an_error_of_the_form_and_stays_in_it(self, client, draft, schema, message):
        answer = client.post(url(draft, "change"), {"schema": schema})
        form = answer.context["adminform"].form
        assert message in str(form.errors["schema"]).replace("&quot;", '"').replace("&#x27;", "'")
        assert form["schema"].value() == schema
        draft.refresh_from_db()
        assert draft.schema == OPEN

    def test_it_is_shown_over_several_lines_with_what_it_changes(self, client, kind):
        EventTypeVersionFactory(event_type=kind, schema=OPEN)
        page = client.get(url(versions.draft(kind, OTHER), "change"))
        assert page.context["adminform"].form["schema"].value().startswith('{\n  "type": "object",')
        text = page.content.decode()
        assert "Against v1" in text
        assert "<code>/a</code> is gone" in text
        assert "<code>/b</code> is new and optional" in text

    def test_it_is_deleted_and_what_was_published_is_not(self, client, kind, draft):
        active = EventTypeVersionFactory(event_type=kind, version=2)
        for version in (draft, active):
            client.post(url(version, "delete"), {"post": "yes"})
        assert list(kind.versions.all()) == [active]

    def test_what_was_published_is_only_looked_at(self, client, kind):
        active = EventTypeVersionFactory(event_type=kind, schema=OPEN)
        page = client.get(url(active, "change"))
        assert "textarea" not in page.content.decode().partition("<form")[2]
        assert client.post(url(active, "change"), {"schema": "{}"}).status_code == 403
        active.refresh_from_db()
        assert active.schema == OPEN

    def test_a_payload_that_was_tried_is_kept_nowhere(self, client, draft):
        assert client.post(url(draft, "change"), {"schema": json.dumps(OPEN), "sample": "{no"}).status_code == 302
        history = client.get(url(draft, "history")).content.decode()
        assert "Try a payload" not in history
        assert "{no" not in client.get(url(draft, "change")).content.decode()


class TestVerdict:
    @pytest.fixture
    def draft(self, kind):
        EventTypeVersionFactory(event_type=kind, schema=OPEN)
        return versions.draft(kind, OPEN)

    def ask(self, client, draft, schema, sample=""):
        text = schema if isinstance(schema, str) else json.dumps(schema)
        return client.post(url(draft, "verdict"), {"schema": text, "sample": sample})

    def test_it_is_of_what_is_in_the_form_and_nothing_is_stored(self, client, draft):
        text = self.ask(client, draft, OTHER).content.decode()
        assert "<code>/a</code> is gone" in text
        assert "as a new major only" in text
        draft.refresh_from_db()
        assert draft.schema == OPEN

    def test_a_line_that_cannot_be_read_is_named(self, client, draft):
        text = self.ask(client, draft, "{\n<b>").content.decode()
        assert 'data-line-of="schema" data-line="2"' in text
        assert "<b>" not in text
        assert 'data-line-of="sample" data-line="2"' in self.ask(client, draft, OPEN, "{\n<b>").content.decode()

    def test_a_payload_is_tried(self, client, draft):
        refused = self.ask(client, draft, OPEN, '{"a": 5}').content.decode()
        assert "would be refused" in refused
        assert "<code>/properties/a</code>" in refused
        assert "would pass" in self.ask(client, draft, OPEN, '{"a": "x"}').content.decode()
        other = self.ask(client, draft, OPEN, '{"event_name": "poll"}').content.decode()
        assert "its name is <code>poll</code>" in other

    @pytest.mark.parametrize("schema", ["", "[" * 5000, '{"$ref": "http://127.0.0.1:1/"}', '{"pattern": "(("}', "5"])
    def test_no_text_is_too_bad(self, client, draft, schema):
        assert self.ask(client, draft, schema, "{}").status_code == 200

    def test_it_is_for_those_who_see_the_version(self, client, member, draft):
        other = EventTypeVersionFactory(status="draft")
        assert self.ask(client, other, OPEN).status_code == 403
        assert self.ask(colleague(member, Role.MODERATOR), draft, OPEN).status_code == 403
        assert self.ask(colleague(member, Role.COMMUNITY_MANAGER), draft, OPEN).status_code == 200
        assert client.get(url(draft, "verdict")).status_code == 403
        forged = log_in(member.user, enforce_csrf_checks=True)
        assert self.ask(forged, draft, OPEN).status_code == 403


class TestPublishing:
    @pytest.fixture
    def active(self, kind):
        return EventTypeVersionFactory(event_type=kind, schema=OPEN)

    def test_a_version_that_fits_is_published_and_checks_at_once(
        self, client, kind, active, django_capture_on_commit_callbacks
    ):
        draft = versions.draft(kind, OPEN | {"maxProperties": 10_000, "title": "Post"})
        draft.schema.pop("maxProperties")
        draft.save()
        assert registry.of_workspace(kind.workspace_id).types[kind.name].version == 1
        dialog = client.get(url(draft, "publish")).content.decode()
        assert "Publish this version?" in dialog
        assert "new_major" not in dialog
        with django_capture_on_commit_callbacks(execute=True):
            answer = confirm(client, draft, "publish")
        assert said(answer) == ["post_created v2 is published; it checks new events within seconds."]
        assert answer["Location"] == url(kind, "change")
        assert registry.of_workspace(kind.workspace_id).types[kind.name].version == 2

    def test_what_waits_in_the_quarantine_is_a_click_away_for_those_who_may_see_it(self, client, kind, active):
        QuarantinedEventFactory(source__workspace=kind.workspace, reason="schema", event_name=kind.name)
        QuarantinedEventFactory(reason="schema", event_name=kind.name)
        (message,) = said(confirm(client, versions.draft(kind, OPEN), "publish"))
        (link,) = re.findall('href="([^"]+)"', message)
        page = client.get(html.unescape(link))
        assert page.status_code == 200
        assert kind.name in page.content.decode()

    def test_what_breaks_is_shown_and_published_only_as_a_new_major(self, client, kind, active):
        draft = versions.draft(kind, OTHER)
        dialog = client.get(url(draft, "publish")).content.decode()
        assert "<code>/a</code> is gone" in dialog
        assert "new_major" in dialog
        answer = confirm(client, draft, "publish")
        assert "as a new major only" in answer.content.decode()
        draft.refresh_from_db()
        assert draft.status == "draft"
        confirm(client, draft, "publish", new_major="on")
        draft.refresh_from_db()
        assert (draft.status, draft.major, draft.compatibility) == ("active", 2, "none")
        history = client.get(url(draft, "history")).content.decode()
        assert "Published as major 2" in history

    def test_a_draft_below_the_active_version_is_refused_with_the_reason(self, client, kind):
        draft = versions.draft(kind, OPEN)
        EventTypeVersionFactory(event_type=kind, version=2)
        answer = confirm(client, draft, "publish")
        assert said(answer)[0].startswith("Not published. post_created v2 is active and higher")

    def test_retiring_says_who_checks_then(self, client, kind, active):
        second = EventTypeVersionFactory(event_type=kind, version=2, schema=OTHER)
        assert "checks new events again" in client.get(url(second, "retire")).content.decode()
        assert said(confirm(client, second, "retire")) == [
            "post_created v2 is retired; post_created v1 checks new events."
        ]
        assert "stored unchecked" in client.get(url(active, "retire")).content.decode()
        answer = confirm(client, active, "retire")
        assert said(answer)[-1] == "post_created v1 is retired; new events are stored unchecked."
        assert said(confirm(client, active, "retire"))[-1].startswith("Not retired. ")

    def test_a_page_offers_what_can_be_done(self, client, kind, active):
        offered = {
            version: [name for name in ("publish", "retire") if url(version, name) in page]
            for version in (
                active,
                versions.draft(kind),
                EventTypeVersionFactory(event_type=kind, version=3, status="retired"),
            )
            for page in [client.get(url(version, "change")).content.decode()]
        }
        assert list(offered.values()) == [["retire"], ["publish"], []]

    def test_the_dialogs_themselves_change_nothing(self, client, kind, active):
        draft = versions.draft(kind, OPEN)
        for version, action in ((draft, "publish"), (active, "retire"), (kind, "new_version")):
            assert client.get(url(version, action)).status_code == 200
        assert sorted(kind.versions.values_list("version", "status")) == [(1, "active"), (2, "draft")]

    def test_those_of_others_and_those_only_viewed_stay_as_they_are(self, client, member):
        viewed = MemberFactory(user=member.user, role=Role.COMMUNITY_MANAGER).workspace
        for row in (EventTypeFactory(), EventTypeFactory(workspace=viewed)):
            active = EventTypeVersionFactory(event_type=row, schema=OPEN)
            draft = versions.draft(row, OPEN)
            for version, action in ((draft, "publish"), (active, "retire"), (row, "new_version")):
                assert confirm(client, version, action).status_code == 403
            for page in ("change", "delete"):
                assert client.post(url(draft, page), {"schema": "{}", "post": "yes"}).status_code in {302, 403}
            stored = row.versions.order_by("version").values_list("status", "schema")
            assert list(stored) == [("active", OPEN), ("draft", OPEN)]

    def test_versions_of_others_are_not_seen(self, client, member, kind, active):
        other = EventTypeVersionFactory()
        answer = client.get(list_url(EventTypeVersion))
        assert [row.pk for row in answer.context["cl"].queryset] == [active.pk]
        assert client.get(url(other, "change")).status_code == 302

    def test_it_needs_a_token_against_forgery(self, member, kind, active):
        client = log_in(member.user, enforce_csrf_checks=True)
        assert confirm(client, active, "retire").status_code == 403
        active.refresh_from_db()
        assert active.status == "active"

"""Sources, keys, event types, quarantine and distinct ids in the admin."""

import json
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.utils import timezone

from config.models import Role
from ingestion import keys
from ingestion.models import Actor, IdentityLink, QuarantinedEvent, Source, WriteKey
from tests.factories.config import MemberFactory, WorkspaceFactory
from tests.factories.ingestion import (
    ActorFactory,
    IdentityLinkFactory,
    QuarantinedEventFactory,
    SourceFactory,
    WriteKeyFactory,
)
from tests.pages import act, confirm, list_url, log_in, said, url

pytestmark = pytest.mark.django_db

KEY = re.compile(r"a[ws]k_[\w-]{43}")


@pytest.fixture
def member():
    return MemberFactory(role=Role.ADMIN)


@pytest.fixture
def client(member):
    return log_in(member.user)


@pytest.fixture
def source(member):
    return SourceFactory(workspace=member.workspace, name="Site")


def colleague(member, role):
    return log_in(MemberFactory(workspace=member.workspace, role=role).user)


class TestKeys:
    @pytest.mark.parametrize(
        ("action", "scope", "begins"), [("new_client_key", "client", "awk_"), ("new_server_key", "server", "ask_")]
    )
    def test_a_new_key_is_shown_once_and_only_its_hash_is_kept(self, client, source, action, scope, begins):
        answer = confirm(client, source, action)
        assert answer.status_code == 200
        (key,) = set(KEY.findall(answer.content.decode()))
        assert key.startswith(begins)
        assert "no-store" in answer["Cache-Control"]
        row = WriteKey.objects.get()
        assert (row.scope, row.digest, row.prefix) == (scope, keys.digest_of(key), key[: keys.PREFIX_LENGTH])
        context = keys.resolve(key)
        assert context is not None
        assert (context.source_id, context.trusted) == (source.pk, scope == "server")
        assert said(answer) == []
        assert not KEY.findall(str(answer.cookies) + str(dict(client.session)))
        assert not KEY.findall(client.get(url(source, "change")).content.decode())

    def test_no_table_holds_the_key(self, client, source, caplog):
        (key,) = set(KEY.findall(confirm(client, source, "new_client_key").content.decode()))
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f'SELECT count(*) FROM "{table}" AS row WHERE row::text LIKE %s', [f"%{key}%"])
                assert cursor.fetchone() == (0,), table
        assert key not in caplog.text
        assert LogEntry.objects.get().get_change_message() == f"New client key {key[: keys.PREFIX_LENGTH]}…"

    def test_the_dialog_itself_makes_nothing(self, client, source):
        assert "Make a client key?" in client.get(url(source, "new_client_key")).content.decode()
        assert not WriteKey.objects.exists()

    @pytest.mark.parametrize("action", ["new_client_key", "new_server_key", "rotate_keys"])
    def test_it_needs_a_token_against_forgery(self, member, source, action):
        client = log_in(member.user, enforce_csrf_checks=True)
        assert confirm(client, source, action, scope="client", overlap="24").status_code == 403
        assert not WriteKey.objects.exists()

    @pytest.mark.parametrize("action", ["new_client_key", "new_server_key", "rotate_keys"])
    def test_only_who_may_change_sources_makes_keys(self, member, source, action):
        other = SourceFactory()
        assert confirm(log_in(member.user), other, action, scope="client", overlap="24").status_code == 403
        for role in set(Role) - {Role.ADMIN}:
            assert confirm(colleague(member, role), source, action, scope="client", overlap="24").status_code == 403
        assert not WriteKey.objects.exists()

    @pytest.mark.parametrize(("overlap", "hours"), [("24", 24), ("1", 1), ("0", 0)])
    def test_rotation_ends_the_keys_of_the_scope_after_the_overlap(self, client, source, overlap, hours):
        old = WriteKeyFactory(source=source)
        server = WriteKeyFactory(source=source, scope="server")
        answer = confirm(client, source, "rotate_keys", scope="client", overlap=overlap)
        (key,) = set(KEY.findall(answer.content.decode()))
        old.refresh_from_db()
        server.refresh_from_db()
        assert abs((old.expires_at - timezone.now()).total_seconds() - hours * 3600) < 60
        assert server.expires_at is None
        assert keys.resolve(key) is not None

    def test_a_rotation_without_a_choice_makes_nothing(self, client, source):
        assert confirm(client, source, "rotate_keys").status_code == 200
        assert confirm(client, source, "rotate_keys", scope="root", overlap="24").status_code == 200
        assert not WriteKey.objects.exists()


class TestSources:
    def form(self, source, **fields):
        given = {"name": source.name, "enabled": "on", "unknown_types": "accept", "old_events": "store"}
        given["quarantine_days"] = 90
        return given | {"keys-TOTAL_FORMS": 0, "keys-INITIAL_FORMS": 0} | fields

    def test_one_is_added_to_the_only_workspace(self, client, member):
        page = client.get(list_url(Source) + "add/")
        assert page.context["adminform"].form.initial["workspace"] == member.workspace.pk
        form = self.form(Source(name="App"), workspace=member.workspace.pk)
        answer = client.post(list_url(Source) + "add/", form)
        added = Source.objects.get()
        assert added.workspace == member.workspace
        assert answer["Location"] == url(added, "change")

    @pytest.mark.parametrize("role", [None, Role.ANALYST], ids=["of others", "only viewed"])
    def test_none_is_added_to_a_workspace_that_may_not_be_changed(self, client, member, role):
        other = WorkspaceFactory() if role is None else MemberFactory(user=member.user, role=role).workspace
        answer = client.post(list_url(Source) + "add/", self.form(Source(name="App"), workspace=other.pk))
        assert "workspace" in answer.context["adminform"].form.errors
        assert not Source.objects.exists()

    def test_the_sites_that_may_send_are_listed_one_a_line_and_hold_at_once(self, client, source):
        _, key = keys.issue(source, WriteKey.Scope.CLIENT)
        assert keys.resolve(key).allowed_origins == ()
        form = self.form(source, allowed_origins="HTTPS://App.example/\r\nhttps://*.example.org, https://app.example\n")
        assert client.post(url(source, "change"), form).status_code == 302
        source.refresh_from_db()
        assert source.allowed_origins == ["https://app.example", "https://*.example.org"]
        assert keys.resolve(key).allowed_origins == ("https://app.example", "https://*.example.org")
        assert (
            "https://app.example\nhttps://*.example.org</textarea>"
            in client.get(url(source, "change")).content.decode()
        )

    def test_what_is_no_site_is_told_and_changes_nothing(self, client, source):
        answer = client.post(
            url(source, "change"), self.form(source, allowed_origins="app.example https://a.example/x")
        )
        first, second = answer.context["adminform"].form.errors["allowed_origins"]
        assert "'app.example' must begin with https://" in first
        assert "no path" in second
        many = " ".join(f"https://a{number}.example" for number in range(101))
        answer = client.post(url(source, "change"), self.form(source, allowed_origins=many))
        assert "these are 101" in answer.context["adminform"].form.errors["allowed_origins"][0]
        source.refresh_from_db()
        assert source.allowed_origins == []

    def test_it_stays_in_its_workspace(self, client, member, source):
        second = MemberFactory(user=member.user, role=Role.ADMIN).workspace
        form = self.form(source, name="Web", workspace=second.pk)
        assert client.post(url(source, "change"), form).status_code == 302
        source.refresh_from_db()
        assert (source.name, source.workspace) == ("Web", member.workspace)

    def test_a_name_that_is_taken_is_an_error_of_the_form(self, client, member, source):
        SourceFactory(workspace=member.workspace, name="Taken")
        answer = client.post(url(source, "change"), self.form(source, name="Taken"))
        assert answer.status_code == 200
        assert answer.context["adminform"].form.non_field_errors()

    def test_it_is_switched_off_and_on_and_senders_feel_it_at_once(self, client, source):
        _, key = keys.issue(source, "client")
        assert keys.resolve(key).enabled
        act(client, source, "disable")
        assert not keys.resolve(key).enabled
        act(client, source, "enable")
        assert keys.resolve(key).enabled

    def test_those_of_others_and_those_only_viewed_stay_as_they_are(self, client, member):
        other = SourceFactory()
        viewed = SourceFactory(workspace=MemberFactory(user=member.user, role=Role.ANALYST).workspace)
        assert client.get(url(viewed, "change")).status_code == 200
        for source in (other, viewed):
            act(client, source, "disable")
            assert client.post(url(source, "change"), self.form(source, enabled="")).status_code in {302, 403}
            source.refresh_from_db()
            assert source.enabled

    def test_keys_are_listed_by_their_beginning(self, client, source):
        key = WriteKeyFactory(source=source)
        page = client.get(url(source, "change")).content.decode()
        assert f"{key.prefix}…" in page
        assert key.digest not in page


class TestQuarantine:
    @pytest.fixture
    def event(self, source):
        payload = {"user_id": "u-77", "properties": {"email": "ada@example.com", "note": "<script>alert(1)</script>"}}
        errors = [{"path": "/properties/email", "message": '"ada@example.com" is too long'}]
        return QuarantinedEventFactory(source=source, payload=json.dumps(payload), errors=errors, occurrences=12_345)

    @pytest.mark.parametrize(
        ("role", "sees"), [(Role.ADMIN, True), (Role.PRIVACY_OFFICER, True), (Role.ANALYST, False)]
    )
    def test_what_is_personal_is_shown_to_those_who_may_read_it(self, member, event, role, sees):
        page = colleague(member, role).get(url(event, "change")).content.decode()
        assert ("ada@example.com" in page) is sees
        assert ("u-77" in page) is sees
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "<script>alert" not in page

    def test_what_cannot_be_read_as_json_is_not_shown_to_others(self, member, source):
        event = QuarantinedEventFactory(source=source, payload='{"email": "ada@example.com"')
        page = colleague(member, Role.ANALYST).get(url(event, "change")).content.decode()
        assert "ada@example.com" not in page
        assert "Not shown" in page
        assert "ada@example.com" in colleague(member, Role.ADMIN).get(url(event, "change")).content.decode()

    @pytest.mark.parametrize("role", [Role.ADMIN, Role.ANALYST])
    @pytest.mark.parametrize(
        "payload",
        [
            "[" * 16_000,
            "[" * 5_000 + "]" * 5_000,
            '{"a": "\\ud800", "b": "\\u0000"}',
            '{"a": NaN}',
            "1" * 5_000,
            '"x"',
            "",
        ],
        ids=["unclosed", "deep", "half a surrogate", "no number", "long number", "text", "empty"],
    )
    def test_whatever_was_sent_can_be_looked_at(self, member, source, payload, role):
        event = QuarantinedEventFactory(source=source, payload=payload)
        assert colleague(member, role).get(url(event, "change")).status_code == 200

    def test_the_right_to_read_counts_in_its_own_workspace(self, member, event):
        user = MemberFactory(workspace=member.workspace, role=Role.ANALYST).user
        MemberFactory(user=user, role=Role.PRIVACY_OFFICER)
        assert "ada@example.com" not in log_in(user).get(url(event, "change")).content.decode()

    def test_it_is_listed_with_its_number_and_found_by_reason_source_and_name(self, client, member, event):
        other = QuarantinedEventFactory(source__workspace=member.workspace, reason="too_old", event_name="post_created")
        assert "12,345" in client.get(list_url(QuarantinedEvent)).content.decode()

        def found(**query):
            return [row.pk for row in client.get(list_url(QuarantinedEvent), query).context["cl"].queryset]

        assert found(reason__exact="too_old") == [other.pk]
        assert found(source__id__exact=event.source.pk) == [event.pk]
        assert found(q="post_") == [other.pk]

    def test_nobody_changes_it(self, client, event):
        assert client.post(url(event, "change"), {"payload": "{}"}).status_code == 403


class TestDistinctIds:
    def test_the_search_finds_an_id_as_a_whole(self, client, member):
        ActorFactory(workspace=member.workspace, distinct_id="ada lovelace")
        ActorFactory(workspace=member.workspace, distinct_id="ada")

        def found(words):
            return [row.distinct_id for row in client.get(list_url(Actor), {"q": words}).context["cl"].queryset]

        assert found("ada lovelace") == ["ada lovelace"]
        assert found("ada") == ["ada"]
        assert found("Ada") == []

    def test_an_id_shows_the_others_of_its_person(self, client, member):
        person, device, stranger = ActorFactory.create_batch(3, workspace=member.workspace)
        IdentityLinkFactory(workspace=member.workspace, actor_id=device.pk, person_id=person.pk)
        for one, other in ((person, device), (device, person)):
            page = client.get(url(one, "change")).content.decode()
            assert other.distinct_id in page
            assert stranger.distinct_id not in page
        assert IdentityLink.objects.get().person_id == person.pk

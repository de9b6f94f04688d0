"""The page of a person: found by any id, all ids with why, events page by page, for those who may see people."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analytics.models import Session
from config.models import Role
from config.people import PANELS, Panel
from config.permissions import Area
from ingestion import people
from ingestion.identity import actor_id_of
from ingestion.models import Actor, MergeRecord, WriteKey
from tests.factories.config import MemberFactory
from tests.factories.ingestion import SourceFactory
from tests.pages import log_in, said, url

from .conftest import NOW, Sender, event


def at(minute):
    return (NOW - timedelta(minutes=60 - minute)).isoformat()


def identify(anonymous, user, minute=0, **traits):
    message = {"type": "identify", "anonymousId": anonymous, "userId": user, "timestamp": at(minute)}
    return message | {"traits": traits}


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def community(sender):
    """Ada with two devices, one of which bob used later; and bob."""
    browser = Sender(sender.source, WriteKey.Scope.CLIENT)
    browser.send(
        identify("v1", "ada", 1, plan="pro", email="ada@example.com"),
        identify("v2", "ada", 2),
        identify("v1", "bob", 3),
        event(
            "post_created",
            timestamp=at(10),
            properties={"post_id": "p1", "first_name": "Augusta", "by": "ada@example.com"},
        ),
    )
    return browser


def id_of(sender, name):
    return actor_id_of(sender.workspace.uuid, name)


def client_of(sender, role=Role.PRIVACY_OFFICER):
    return log_in(MemberFactory(workspace=sender.workspace, role=role).user)


def page_of(sender, name, view="person", **more):
    arguments = [sender.workspace.slug, id_of(sender, name), *more.values()]
    return reverse(f"admin:{view}", args=arguments)


def read(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, answer
    return answer.content.decode()


class TestSearch:
    @pytest.mark.parametrize("text", ["ada", " ada ", "v1", "v2"])
    def test_any_id_leads_to_the_person(self, community, text):
        answer = client_of(community).get(reverse("admin:people"), {"q": text})
        assert answer.status_code == 302
        assert answer["Location"] == page_of(community, "ada")

    def test_and_so_does_a_uuid(self, community):
        answer = client_of(community).get(reverse("admin:people"), {"q": str(id_of(community, "v2"))})
        assert answer["Location"] == page_of(community, "ada")

    @pytest.mark.parametrize("text", ["", "nobody", "Ada", "x" * 5_000, "source:1", "%"])
    def test_what_nobody_has_is_said_so(self, community, text):
        answer = client_of(community).get(reverse("admin:people"), {"q": text})
        assert answer.status_code == 200
        assert ("Nobody has the id" in answer.content.decode()) == bool(text)

    def test_a_source_is_nobody(self, community):
        community.send(event(user=None, timestamp=at(5)))
        assert people.find(None, Actor.objects.get(kind="source").distinct_id) == []

    def test_the_same_id_in_several_workspaces_is_several_people(self, community):
        other = Sender(SourceFactory())
        other.send(event(user="ada"))
        member = MemberFactory(workspace=community.workspace, role=Role.ADMIN)
        address = reverse("admin:people")
        assert log_in(member.user).get(address, {"q": "ada"}).status_code == 302
        MemberFactory(user=member.user, workspace=other.workspace, role=Role.ADMIN)
        page = read(log_in(member.user), address + "?q=ada")
        assert page_of(community, "ada") in page
        assert page_of(other, "ada") in page


class TestPage:
    def test_it_shows_ids_with_what_tied_them_traits_events_and_the_open_conflict(self, community):
        page = read(client_of(community), page_of(community, "ada"))
        assert all(text in page for text in ("v1", "v2", "Identify", "pro", "ada@example.com", "post_created"))
        assert "stands for the person" in page
        assert "keep them apart" in page

    def test_an_id_that_is_somebodys_leads_to_them(self, community):
        answer = client_of(community).get(page_of(community, "v1"))
        assert (answer.status_code, answer["Location"]) == (302, page_of(community, "ada"))

    @pytest.mark.parametrize("role", [Role.COMMUNITY_MANAGER, Role.MODERATOR])
    def test_what_is_personal_is_masked_for_others(self, community, role):
        page = read(client_of(community, role), page_of(community, "ada"))
        assert "pro" in page
        assert "p1" in page
        assert "ada@example.com" not in page
        assert "Augusta" not in page
        assert "masked for your role" in page
        assert "Augusta" in read(client_of(community), page_of(community, "ada"))

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST])
    def test_people_are_shown_to_those_who_may_see_people(self, community, role):
        client = client_of(community, role)
        assert client.get(page_of(community, "ada")).status_code == 403
        assert client.get(reverse("admin:people"), {"q": "ada"}).status_code == 403

    def test_nobody_sees_people_of_another_workspace(self, community):
        stranger = log_in(MemberFactory(role=Role.ADMIN).user)
        record = MergeRecord.objects.first()
        for address in (
            page_of(community, "ada"),
            page_of(community, "ada", "person_merge"),
            page_of(community, "ada", "person_undo", record=record.pk),
        ):
            assert stranger.get(address).status_code == 404
        assert "Nobody has the id" in read(stranger, reverse("admin:people") + "?q=ada")
        other = Sender(SourceFactory())
        own = MemberFactory(workspace=other.workspace, role=Role.ADMIN).user
        mixed = reverse("admin:person", args=[other.workspace.slug, id_of(community, "ada")])
        assert log_in(own).get(mixed).status_code == 404

    def test_whoever_is_not_logged_in_is_sent_to_the_login(self, community, client):
        assert "login" in client.get(page_of(community, "ada"))["Location"]
        assert not AnonymousUser().is_active

    def test_panels_show_to_those_who_may_see_their_area(self, community, monkeypatch):
        ada = id_of(community, "ada")
        Session.objects.create(
            person_id=ada, started_at=NOW, first_event_id=ada, excluded=False, workspace=community.workspace,
            ended_at=NOW + timedelta(minutes=7), events=4, pages=3, actions=1, is_bounce=False,
        )  # fmt: skip
        page = read(client_of(community), page_of(community, "ada"))
        assert "Sessions" in page
        assert "7 min 0 s" in page
        assert "Consents" in page
        heard = []
        panel = Panel(
            "more", "Something else", "admin/analytics/person_sessions.html", lambda one: heard.append(one) or {}
        )
        monkeypatch.setattr(PANELS, "_entries", {"more": panel})
        assert "Something else" in read(client_of(community), page_of(community, "ada"))
        assert (heard[0].person_id, set(heard[0].actor_ids)) == (
            ada,
            {id_of(community, one) for one in ("ada", "v1", "v2")},
        )
        closed = Panel("more", "Something else", panel.template, panel.context, Area.USERS)
        monkeypatch.setattr(PANELS, "_entries", {"more": closed})
        assert "Something else" not in read(client_of(community), page_of(community, "ada"))

    def test_consents_are_for_those_who_see_consents(self, community):
        community.send({
            "event_name": "user_consent_update", "user_id": "ada", "timestamp": at(20),
            "properties": {"analytics": True, "marketing": False},
        })  # fmt: skip
        page = read(client_of(community), page_of(community, "ada"))
        assert "Consents" in page
        assert "Consents" not in read(client_of(community, Role.MODERATOR), page_of(community, "ada"))

    def test_odd_addresses_are_not_there(self, community):
        client = client_of(community)
        assert client.get(page_of(community, "nobody")).status_code == 404
        assert client.get(page_of(community, "ada", "person_undo", record=id_of(community, "ada"))).status_code == 404
        for before in ("x", "_", "2026-01-01", f"{NOW.isoformat()}_x", "9" * 400):
            assert client.get(page_of(community, "ada"), {"before": before}).status_code == 200


class TestTimeline:
    def pages(self, sender, *names):
        actors, before, found = [id_of(sender, name) for name in names], None, []
        while True:
            events, before = people.timeline(sender.workspace.pk, actors, before)
            found.append([one.event_id for one in events])
            if before is None:
                return found
            assert people.cursor_of(str(before)) == before

    def test_pages_hold_each_event_once_the_latest_first(self, sender, monkeypatch):
        monkeypatch.setattr(people, "PAGE_EVENTS", 4)
        moments = [NOW - timedelta(days=day, minutes=minute) for day in (0, 1, 2) for minute in (0, 0, 0, 5)]
        for number, moment in enumerate(moments):
            sender.send(event(user=f"u{number % 2}", timestamp=moment.isoformat(), messageId=f"m{number}"))
        sender.send(event(user="other"))
        pages = self.pages(sender, "u0", "u1")
        rows = sorted(
            ((at, event) for at, event, actor in sender.stored("occurred_at", "event_id", "actor_id")
             if actor != id_of(sender, "other")),
            reverse=True,
        )  # fmt: skip
        assert [len(page) for page in pages] == [4, 4, 4]
        assert [one for page in pages for one in page] == [event for _, event in rows]

    def test_what_is_long_ago_is_found_behind_what_is_near(self, sender, monkeypatch):
        monkeypatch.setattr(people, "PAGE_EVENTS", 2)
        for day in (0, 31, 40, 80):
            sender.send(event(user="ada", timestamp=(NOW - timedelta(days=day)).isoformat()))
        assert [len(page) for page in self.pages(sender, "ada")] == [2, 2]

    def test_a_page_takes_at_most_two_statements_and_no_scan_of_a_table(self, community):
        actors = [id_of(community, name) for name in ("ada", "v1", "v2")]
        with CaptureQueriesContext(connection) as captured:
            people.timeline(community.workspace.pk, actors, None)
        assert len(captured) == 2
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("EXPLAIN " + captured[0]["sql"])
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "Seq Scan on ingestion_event" not in plan
        assert "pkey" in plan

    def test_events_of_another_workspace_are_not_read(self, community):
        other = SourceFactory()
        assert people.timeline(other.workspace.pk, [id_of(community, "ada")], None) == ([], None)


class TestMergeAndUndo:
    def test_a_merge_shows_both_before_it_is_done(self, community):
        client, address = client_of(community), page_of(community, "bob", "person_merge")
        answer = client.post(address, {"other": "v2", "reason": "The same e-mail"})
        assert "Is this who you mean?" in answer.content.decode()
        assert "ada" in answer.content.decode()
        assert not MergeRecord.objects.filter(evidence="operator").exists()
        answer = client.post(address, {"other": "v2", "reason": "The same e-mail", "confirmed": "yes"})
        assert answer["Location"] == page_of(community, "bob")
        assert "Merged" in said(answer)[0]
        record = MergeRecord.objects.get(evidence="operator")
        assert (record.actor_id, record.into_id) == (id_of(community, "ada"), id_of(community, "bob"))
        assert record.made_by.email in read(client, page_of(community, "bob"))

    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"other": "nobody", "reason": "x"}, "no such distinct id"),
            ({"other": "ada", "reason": ""}, "required"),
            ({"other": "", "reason": "x"}, "required"),
            ({"other": "bob", "reason": "x"}, "same person already"),
        ],
    )
    def test_what_cannot_be_merged_is_said(self, community, fields, says):
        address = page_of(community, "bob", "person_merge")
        answer = client_of(community).post(address, fields | {"confirmed": "yes"})
        assert answer.status_code == 200
        assert says in answer.content.decode()

    def test_undo_asks_why_and_parts_them(self, community):
        record = MergeRecord.objects.get(actor_id=id_of(community, "v2"))
        client, address = client_of(community), page_of(community, "ada", "person_undo", record=record.pk)
        assert "v2" in read(client, address)
        assert client.post(address, {"reason": " "}).status_code == 200
        answer = client.post(address, {"reason": "A shared computer"})
        assert "Undone" in said(answer)[0]
        record.refresh_from_db()
        assert record.undo_reason == "A shared computer"
        assert client.get(page_of(community, "v2")).status_code == 200
        assert "Undone already" not in client.post(address, {"reason": "Again"}).content.decode()

    def test_whoever_may_only_look_is_offered_nothing_and_changes_nothing(self, community):
        client, record = client_of(community, Role.MODERATOR), MergeRecord.objects.get(actor_id=id_of(community, "v2"))
        page = read(client, page_of(community, "ada"))
        assert "Undo" not in page
        assert "Merge somebody" not in page
        fields = {"other": "bob", "reason": "x", "confirmed": "yes"}
        assert client.post(page_of(community, "ada", "person_merge"), fields).status_code == 403
        address = page_of(community, "ada", "person_undo", record=record.pk)
        assert client.post(address, {"reason": "x"}).status_code == 403
        assert not MergeRecord.objects.exclude(undone_at=None).exists()

    def test_the_page_of_a_distinct_id_leads_to_its_person(self, community):
        actor = Actor.objects.get(distinct_id="v1")
        assert page_of(community, "v1") in read(client_of(community), url(actor, "change"))


class TestCommand:
    def run(self, capsys, *arguments, **options):
        call_command("person", *arguments, json=True, **options)
        return json.loads(capsys.readouterr().out)

    def test_show_says_who_has_an_id(self, community, capsys):
        facts = self.run(capsys, "show", "v2", workspace=community.workspace.slug)
        assert facts["person"] == str(id_of(community, "ada"))
        assert {one["id"] for one in facts["ids"]} == {"ada", "v1", "v2"}
        assert facts["traits"] == {"plan": "pro", "email": "ada@example.com"}
        call_command("person", "show", "v2", workspace=community.workspace.slug)
        assert "id: ada" in capsys.readouterr().out

    def test_merge_and_undo_by_command(self, community, capsys):
        slug = community.workspace.slug
        tried = self.run(capsys, "merge", "ada", workspace=slug, into="bob", reason="One", dry_run=True)
        assert tried["into"]["person"] == str(id_of(community, "bob"))
        assert not MergeRecord.objects.filter(evidence="operator").exists()
        merged = self.run(capsys, "merge", "ada", workspace=slug, into="bob", reason="One")
        assert {one["id"] for one in merged["person"]["ids"]} == {"ada", "bob", "v1", "v2"}
        tried = self.run(capsys, "undo", merged["merge"], workspace=slug, dry_run=True)
        assert tried["would_undo"]["is"] == "bob"
        undone = self.run(capsys, "undo", merged["merge"], workspace=slug, reason="Two")
        assert {one["person"] for one in undone["people"]} == {str(id_of(community, one)) for one in ("ada", "bob")}

    @pytest.mark.parametrize(
        ("arguments", "options", "says"),
        [
            (["show", "nobody"], {}, "Nobody in"),
            (["merge", "ada"], {}, "--into"),
            (["merge", "ada"], {"into": "nobody"}, "Nobody in"),
            (["merge", "ada"], {"into": "bob"}, "Say why"),
            (["merge", "ada"], {"into": "v2", "reason": "x"}, "same person already"),
            (["undo", "ada"], {"reason": "x"}, "There is no merge"),
        ],
    )
    def test_it_refuses_in_one_line(self, community, arguments, options, says):
        with pytest.raises(CommandError, match=says):
            call_command("person", *arguments, workspace=community.workspace.slug, **options)

    def test_a_merge_of_another_workspace_is_not_there(self, community):
        other = SourceFactory().workspace
        with pytest.raises(CommandError, match="There is no merge"):
            call_command("person", "undo", str(MergeRecord.objects.first().pk), workspace=other.slug, reason="x")

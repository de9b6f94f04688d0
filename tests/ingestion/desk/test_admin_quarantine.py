"""The quarantine's pages: seen in groups, tried, replayed once, edited, discarded; by whom, and of which workspace."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError

from config.admin import runs
from config.models import Role, Run
from ingestion import replays
from ingestion.admin import quarantine_replays
from ingestion.admin.quarantine_groups import bars, group_url
from ingestion.models import QuarantinedEvent, Replay, Source
from ingestion.quarantine import Selection
from ingestion.tasks import replay_quarantine
from tests.factories.config import MemberFactory, UserFactory, WorkspaceFactory
from tests.factories.ingestion import EventTypeVersionFactory, QuarantinedEventFactory, SourceFactory
from tests.ingestion.conftest import NOW, event
from tests.pages import log_in, said, url

from .conftest import colleague, text_of

pytestmark = pytest.mark.django_db

OVERVIEW = "admin:quarantine"


def last_id():
    return QuarantinedEvent.objects.order_by("-pk").first().pk


def tried(address, changes):
    """The address of the preview with these changes."""
    return f"{address}&{urlencode({'preview': 1, 'changes': changes})}"


def press(client, address, do, **fields):
    return client.post(address, {"do": do, "up_to": last_id()} | fields)


class TestOverview:
    def test_groups_are_listed_with_their_counts_and_days(self, client, sender, group):
        QuarantinedEventFactory(source=sender.source, reason="too_old", event_name="old", occurrences=1_234)
        answer = client.get(reverse(OVERVIEW))
        page = answer.content.decode()
        assert "4 events could not be stored" in text_of(answer)
        assert "1,234×" in page
        assert group.replace("&", "&amp;") in page
        assert page.count('class="agora-bars"') == 1
        assert "New by day, the last 14 days: 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1" in page

    def test_an_empty_one_says_so(self, client):
        assert "Nothing waits" in text_of(client.get(reverse(OVERVIEW)))

    def test_the_workspace_in_which_most_waits_comes_first_and_others_are_chosen(self, client, member):
        second = MemberFactory(user=member.user, role=Role.ANALYST).workspace
        QuarantinedEventFactory(source__workspace=second, event_name="of the second")
        assert "of the second" in text_of(client.get(reverse(OVERVIEW)))
        assert "of the second" not in text_of(client.get(reverse(OVERVIEW), {"workspace": member.workspace.slug}))

    def test_those_of_others_are_neither_listed_nor_looked_at(self, client):
        other = QuarantinedEventFactory(event_name="of others")
        assert "of others" not in text_of(client.get(reverse(OVERVIEW)))
        assert client.get(reverse(OVERVIEW), {"workspace": other.workspace.slug}).status_code == 404
        assert client.get(group_url(other.workspace, Selection())).status_code == 404
        assert client.post(group_url(other.workspace, Selection()), {"do": "replay", "up_to": 1}).status_code == 404

    @pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("moderator", 403), ("privacy_officer", 200)])
    def test_a_role_without_the_right_does_not_see_it(self, member, role, status):
        client = colleague(member, role)
        assert client.get(reverse(OVERVIEW)).status_code == status
        assert (reverse(OVERVIEW) in client.get("/admin/dashboards/executive/").content.decode()) is (status == 200)

    def test_a_role_in_another_workspace_does_not_count(self, member, sender, group):
        user = MemberFactory(workspace=member.workspace, role=Role.VIEWER).user
        MemberFactory(user=user, role=Role.ADMIN)
        assert log_in(user).get(group).status_code == 404

    def test_a_bar_stands_for_each_day(self):
        today = timezone.now().date()
        found = bars({today: 10, today - timedelta(days=13): 5, today - timedelta(days=12): 0})
        assert [bar["count"] for bar in found] == [5] + [0] * 12 + [10]
        assert (found[0]["height"], found[-1]["height"], found[-1]["top"]) == (50, 100, 0)


class TestGroup:
    def test_it_says_what_is_wrong_since_when_and_what_to_do(self, client, sender, strict, group):
        answer = client.get(group)
        page = answer.content.decode()
        assert "3 events wait" in text_of(answer)
        assert "/properties" in page
        assert "required property" in page
        assert url(strict, "change") in page
        assert url(sender.source, "change") in page
        assert (timezone.now() + timedelta(days=1)).strftime("%Y") in page

    def test_a_type_nobody_declared_leads_to_its_declaration(self, client, sender):
        QuarantinedEventFactory(source=sender.source, reason="unknown_type", event_name="new one")
        page = client.get(group_url(sender.workspace, Selection(reason="unknown_type", event_name="new one")))
        assert f"/eventtype/add/?name=new+one&amp;workspace={sender.workspace.pk}" in page.content.decode()

    def test_what_is_personal_is_masked_for_who_may_not_read_it(self, member, sender):
        errors = [{"path": "/properties/email", "message": "'ada@example.com' is too long"}]
        QuarantinedEventFactory(source=sender.source, reason="schema", errors=errors)
        address = group_url(sender.workspace, Selection(reason="schema"))
        for role, sees in (("admin", True), ("privacy_officer", True), ("analyst", False)):
            page = colleague(member, role).get(address).content.decode()
            assert ("ada@example.com" in page) is sees
            assert "/properties/email" in page

    @pytest.mark.parametrize(
        "query",
        [
            {"reason": "no such"},
            {"source": "x"},
            {"source": "9" * 30},
            {"source": "9" * 18},
            {"id": "-1"},
            {"id": "²"},
            {"workspace": "nowhere"},
        ],
    )
    def test_an_address_that_selects_nothing_that_can_be_is_not_found(self, client, member, query):
        query = {"workspace": member.workspace.slug} | query
        assert client.get(reverse("admin:quarantine_group"), query).status_code == 404

    def test_a_source_of_others_selects_nothing(self, client, member):
        other = SourceFactory()
        assert client.get(group_url(member.workspace, Selection(source=other.pk))).status_code == 404
        row = QuarantinedEventFactory(event_name="of others")
        page = text_of(client.get(group_url(member.workspace, Selection(id=row.pk))))
        assert "of others" not in page
        assert "Nothing of it waits" in page

    def test_a_preview_says_how_many_would_pass_now_and_writes_nothing(self, client, sender, strict, group):
        address = group + "&preview=1"
        page = text_of(client.get(address))
        assert "0 of 3 would pass now" in page
        assert "Where: /properties (3)" in page
        assert "A replay would change nothing" in page
        assert "Replay 3 events" not in page
        EventTypeVersionFactory(event_type=strict, version=2, schema={"type": "object"})
        page = text_of(client.get(address))
        assert "3 of 3 would pass now" in page
        assert "Replay 3 events" in page
        assert set(sender.quarantined("status")) == {"waiting"}
        assert not Replay.objects.exists()

    def test_its_statements_do_not_grow_with_its_events(self, client, sender, group):
        client.get(group)
        with CaptureQueriesContext(connection) as few:
            client.get(group)
        sender.send(*(event(messageId=f"n{number}") for number in range(50)))
        with CaptureQueriesContext(connection) as many:
            client.get(group)
        assert len(many) == len(few)


class TestReplay:
    @pytest.fixture
    def mended(self, strict, group):
        EventTypeVersionFactory(event_type=strict, version=2, schema={"type": "object"})
        return group

    def test_a_small_group_is_replayed_at_once_and_its_results_are_shown(self, client, member, sender, mended):
        answer = press(client, mended, "replay")
        done = Replay.objects.get()
        assert answer["Location"] == reverse("admin:quarantine_replay", args=[done.pk])
        assert (done.stored, done.asked_by) == (3, member.user)
        # Those of one instant are a microsecond apart.
        assert sorted(sender.stored("received_at")) == [NOW + timedelta(microseconds=n) for n in range(3)]
        assert set(sender.quarantined("status", "settled_by")) == {("stored", member.user.pk)}
        run = Run.objects.get()
        assert (run.name, run.rows_out, run.started_by) == ("ingestion.replay_quarantine", 3, member.user)
        page = text_of(client.get(answer["Location"]))
        assert "Done 3 of 3 events" in page
        assert "Nothing of it waits any more" in text_of(client.get(mended))

    def test_pressed_twice_it_stores_once(self, client, sender, mended):
        first = {"do": "replay", "up_to": last_id()}
        client.post(mended, first)
        answer = client.post(mended, first)
        assert "Nothing of it waits any more" in said(answer)[0]
        assert len(sender.stored("event_id")) == 3
        assert Replay.objects.count() == 1

    def test_only_what_the_preview_was_of_is_replayed(self, client, sender, mended):
        seen = last_id()
        QuarantinedEventFactory(source=sender.source, reason="schema", event_name="post_created")
        client.post(mended, {"do": "replay", "up_to": seen})
        assert sorted(sender.quarantined("status")) == ["stored"] * 3 + ["waiting"]

    def test_what_still_fails_is_shown_with_its_reason_of_today(self, client, sender, group):
        sender.source.enabled = False
        sender.source.save()
        page = text_of(client.get(press(client, group, "replay")["Location"]))
        assert "Still failing: Source was disabled 3" in page
        assert set(sender.quarantined("reason", "status")) == {("source_disabled", "waiting")}

    def test_a_large_group_is_for_a_worker_and_its_page_follows_it(self, client, sender, mended, monkeypatch):
        monkeypatch.setattr(quarantine_replays, "AT_ONCE", 2)
        sent = []
        monkeypatch.setattr(quarantine_replays, "send", lambda *task: sent.append(task))
        address = press(client, mended, "replay")["Location"]
        assert sent == [("ingestion.replay_quarantine", {"workspace": sender.workspace.slug})]
        page = client.get(address).content.decode()
        assert "Waiting for a worker" in page
        assert 'http-equiv="refresh"' in page
        assert "to the workers again" not in page
        Replay.objects.update(started_at=timezone.now() - timedelta(minutes=5))
        assert "to the workers again" in client.get(address).content.decode()
        assert client.post(address).status_code == 302
        assert len(sent) == 2
        replay_quarantine(workspace=sender.workspace.slug)
        page = client.get(address).content.decode()
        assert "Done" in page
        assert 'http-equiv="refresh"' not in page

    def test_one_behind_another_waits_for_its_turn(self, client, sender, mended, monkeypatch):
        monkeypatch.setattr(quarantine_replays, "send", lambda *_task: None)
        replays.ask(sender.workspace, Selection(reason="too_old"))
        page = text_of(client.get(press(client, mended, "replay")["Location"]))
        assert "Waiting for a worker" in page
        assert set(sender.quarantined("status")) == {"waiting"}

    def test_without_a_broker_it_waits_and_says_so(self, client, sender, mended, monkeypatch):
        def away(*_arguments, **_options):
            raise OperationalError("no broker")

        monkeypatch.setattr(quarantine_replays, "AT_ONCE", 2)
        monkeypatch.setattr(runs.current_app, "send_task", away)
        answer = press(client, mended, "replay")
        assert "Redis cannot be reached" in said(answer)[0]
        assert replays.unfinished(sender.workspace).count() == 1

    @pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMIN, Role.ANALYST}))
    def test_only_who_may_change_the_quarantine_replays_and_discards(self, member, sender, mended, role):
        client = colleague(member, role)
        for do in ("replay", "discard"):
            assert press(client, mended, do, note="why").status_code in {403, 404}
        assert set(sender.quarantined("status")) == {"waiting"}
        if role == Role.PRIVACY_OFFICER:
            page = client.get(mended + "&preview=1").content.decode()
            assert 'value="replay"' not in page
            assert 'value="discard"' not in page

    def test_an_analyst_replays(self, member, sender, mended):
        press(colleague(member, Role.ANALYST), mended, "replay")
        assert set(sender.quarantined("status")) == {"stored"}

    def test_it_needs_a_token_against_forgery(self, member, sender, mended):
        client = log_in(member.user, enforce_csrf_checks=True)
        assert press(client, mended, "replay").status_code == 403
        assert press(client, mended, "discard", note="why").status_code == 403
        assert set(sender.quarantined("status")) == {"waiting"}

    @pytest.mark.parametrize("up_to", ["", "x", "-1", "9" * 40])
    def test_a_form_that_names_no_last_event_is_not_found(self, client, sender, mended, up_to):
        for do in ("replay", "discard"):
            assert client.post(mended, {"do": do, "up_to": up_to, "note": "why"}).status_code == 404
        assert set(sender.quarantined("status")) == {"waiting"}

    def test_one_of_others_is_not_found(self, client):
        done = Replay.objects.create(workspace=WorkspaceFactory())
        assert client.get(reverse("admin:quarantine_replay", args=[done.pk])).status_code == 404
        assert client.post(reverse("admin:quarantine_replay", args=[done.pk])).status_code == 404


class TestChanges:
    CHANGES = "move /title /properties/post_id"

    @pytest.fixture
    def renamed(self, sender, strict):
        sender.send(*(event(messageId=f"m{number}", title="p") for number in range(3)))
        return group_url(sender.workspace, Selection(reason="schema", event_name="post_created"))

    def test_fields_are_changed_tried_and_stored(self, client, sender, renamed):
        answer = client.get(tried(renamed, self.CHANGES))
        page = text_of(answer)
        assert "3 of 3 would pass now" in page
        assert "Replay 3 events with these changes" in page
        assert f'name="changes" value="{self.CHANGES}"' in answer.content.decode()
        answer = press(client, renamed, "replay", changes=self.CHANGES)
        assert sender.stored("properties") == [{"post_id": "p"}] * 3
        assert self.CHANGES in client.get(answer["Location"]).content.decode()

    def test_what_cannot_be_read_is_told_with_its_line(self, client, sender, renamed):
        page = text_of(client.get(tried(renamed, "rename /a /b")))
        assert "Line 1:" in page
        assert "would pass now" not in page
        assert "Line 1:" in said(press(client, renamed, "replay", changes="rename /a /b"))[-1]
        assert set(sender.quarantined("status")) == {"waiting"}

    def test_it_is_for_those_who_may_read_what_they_move(self, member, sender, renamed):
        analyst = colleague(member, Role.ANALYST)
        page = text_of(analyst.get(tried(renamed, self.CHANGES)))
        assert "0 of 3 would pass now" in page
        assert "Change fields" not in page
        assert press(analyst, renamed, "replay", changes=self.CHANGES).status_code == 403
        assert set(sender.quarantined("status")) == {"waiting"}
        done = replays.ask(sender.workspace, Selection(), changes='set /userId "ada@example.com"')
        assert "ada@example.com" not in analyst.get(reverse("admin:quarantine_replay", args=[done.pk])).content.decode()


class TestDiscard:
    def test_it_asks_why_and_keeps_who(self, client, member, sender, group):
        assert "say why" in said(press(client, group, "discard", note="  "))[0]
        assert set(sender.quarantined("status")) == {"waiting"}
        answer = press(client, group, "discard", note="a load test")
        assert "Discarded: 3" in said(answer)[-1]
        assert set(sender.quarantined("status", "note", "settled_by", "payload")) == {
            ("discarded", "a load test", member.user.pk, "")
        }
        row = QuarantinedEvent.objects.first()
        page = text_of(client.get(url(row, "change")))
        assert "a load test" in page
        assert "Discarded" in page

    def test_what_came_since_the_page_was_shown_waits_on(self, client, sender, group):
        seen = last_id()
        QuarantinedEventFactory(source=sender.source, reason="schema", event_name="post_created")
        client.post(group, {"do": "discard", "note": "why", "up_to": seen})
        assert sorted(sender.quarantined("status")) == ["discarded"] * 3 + ["waiting"]


def test_a_superuser_sees_all_workspaces(sender, group):
    root = log_in(UserFactory(superuser=True))
    assert "post_created" in text_of(root.get(reverse(OVERVIEW)))
    Source.objects.update(enabled=True)
    assert press(root, group, "replay").status_code == 302

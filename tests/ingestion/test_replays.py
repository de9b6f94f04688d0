"""Quarantined events are stored once their cause is mended: as they came, once, and by whoever is first."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from config.models import Run
from config.runs import Recorder, recorded
from ingestion import previews, replays, sinks
from ingestion.flags import Flag
from ingestion.models import Event, QuarantinedEvent, Replay, Source
from ingestion.quarantine import Selection
from ingestion.tasks import replay_quarantine
from privacy.models import RefusedEvents
from tests.factories.config import UserFactory
from tests.factories.ingestion import EventTypeFactory, EventTypeVersionFactory, QuarantinedEventFactory, SourceFactory

from .conftest import NOW, Sender, event
from .replaying import LOOSE, STRICT, closed, opened, replayed

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def away_from_the_second(stored):
    """A sink: PostgreSQL is there for the first event alone."""
    if Event.objects.filter(workspace=stored.source.workspace_id).count() > 1:
        raise OperationalError("the server closed the connection")


def recorder_of(sender):
    return Recorder(Run.objects.create(name="a test", workspace=sender.workspace))


@pytest.fixture
def strict(sender):
    """post_created asks for the id of the post."""
    kind = EventTypeFactory(workspace=sender.workspace, name="post_created")
    EventTypeVersionFactory(event_type=kind, schema=STRICT)
    return kind


class TestAsItCame:
    def test_an_event_without_a_time_is_of_when_it_was_received_not_of_now(self, sender):
        closed(sender).send(event(), at=NOW - HOUR)
        done = replayed(opened(sender))
        assert (done.looked_at, done.stored, done.failing) == (1, 1, {})
        assert sender.stored("occurred_at", "received_at") == [(NOW - HOUR, NOW - HOUR)]

    def test_a_clock_that_was_off_is_corrected_as_it_would_have_been_then(self, sender):
        wrong = {"timestamp": "2026-03-01T11:59:00Z"}
        sent_at = "2026-03-01T12:00:00Z"
        sender.send(event(messageId="then", **wrong), sent_at=sent_at)
        closed(sender).send(event(messageId="late", **wrong), sent_at=sent_at)
        replayed(opened(sender))
        assert len(set(sender.stored("occurred_at", "skew_seconds", "flags"))) == 1
        assert sender.stored("skew_seconds") == [86_400, 86_400]

    def test_a_bot_is_still_a_bot(self, sender):
        browser = replace(sender, scope="client")
        closed(browser).send(event(), user_agent=BOT)
        replayed(opened(sender))
        assert sender.stored("flags")[0] & Flag.BOT

    def test_the_scope_of_its_key_is_believed_as_far_as_then(self, sender):
        asked = {"eventType": "post_created", "userId": "ada", "context": {"userAgent": BOT}}
        for scope, agent in (("client", "Mozilla/5.0"), ("server", None)):
            closed(replace(sender, scope=scope)).send(asked | {"eventId": scope}, user_agent=agent)
        replayed(opened(sender))
        assert sorted(bool(flags & Flag.BOT) for flags in sender.stored("flags")) == [False, True]

    def test_it_has_the_id_that_its_sender_was_answered_though_its_address_is_gone(self, sender):
        asked = event(timestamp=NOW.isoformat(), context={"ip": "203.0.113.9"})
        (result,) = closed(sender).send(asked)
        workspace = opened(sender)
        replayed(workspace)
        assert sender.stored("event_id") == [result.event_id]
        assert sender.statuses(asked) == ["duplicate"]

    def test_events_of_one_request_and_of_several_are_each_of_their_own_time(self, sender):
        closed(sender).send(event(messageId="a"), event(messageId="b"), at=NOW - HOUR)
        sender.send(event(messageId="c"))
        assert replayed(opened(sender)).stored == 3
        # Events of one instant that come together are a microsecond apart, in their order.
        assert sorted(sender.stored("received_at")) == [NOW - HOUR, NOW - HOUR + timedelta(microseconds=1), NOW]

    def test_a_day_nobody_expected_gets_its_partition(self, committing):
        closed(committing).send(event(timestamp="2011-05-05T10:00:00Z"))
        assert replayed(opened(committing)).stored == 1


class TestOnce:
    def test_what_is_stored_is_decided_on_and_its_payload_is_gone(self, sender):
        user = UserFactory()
        closed(sender).send(event(messageId="a", email="ada@example.com"))
        opened(sender)
        replays.ask(sender.workspace, Selection(), user)
        replay_quarantine(workspace=sender.workspace.slug)
        ((status, payload, request, errors, event_id, by),) = sender.quarantined(
            "status", "payload", "request", "errors", "event_id", "settled_by"
        )
        assert (status, payload, request, errors, by) == ("stored", "", {}, [], user.pk)
        assert sender.stored("event_id") == [event_id]
        assert QuarantinedEvent.objects.get().settled_at is not None

    def test_a_second_replay_finds_nothing(self, sender):
        closed(sender).send(event(messageId="a"))
        workspace = opened(sender)
        replayed(workspace)
        done = replayed(workspace)
        assert (done.looked_at, done.stored, done.duplicates) == (0, 0, 0)
        assert len(sender.stored("event_id")) == 1

    def test_what_its_sender_has_sent_again_meanwhile_is_a_duplicate(self, sender):
        asked = event(messageId="a", timestamp=NOW.isoformat())
        closed(sender).send(asked)
        workspace = opened(sender)
        sender.send(asked)
        done = replayed(workspace)
        assert (done.stored, done.duplicates) == (0, 1)
        assert sender.quarantined("status") == ["duplicate"]
        assert len(sender.stored("event_id")) == 1

    def test_two_writers_at_once_store_each_event_once(self, committing):
        closed(committing).send(*(event(messageId=f"m{number}") for number in range(60)))
        for number in range(20):
            committing.send(event(messageId=f"n{number}"), at=NOW - HOUR * number)
        workspace = opened(committing)
        start = threading.Barrier(2)
        found = [replays.ask(workspace, Selection()) for _ in range(2)]

        def run(name, done):
            try:
                # Under names of their own, so that the lock of the runs does not keep them apart.
                with recorded(name, workspace=workspace) as recorder:
                    start.wait()
                    replays._replay(done, recorder)
            finally:
                connection.close()

        threads = [threading.Thread(target=run, args=one) for one in zip(("one", "other"), found, strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(done.stored for done in found) == 80
        assert sum(done.duplicates for done in found) == 0
        assert len(committing.stored("event_id")) == 80
        assert set(committing.quarantined("status")) == {"stored"}

    def test_rows_that_somebody_has_in_hand_are_left_to_them(self, committing):
        closed(committing).send(event(messageId="a"), event(messageId="b"))
        workspace = opened(committing)
        first = QuarantinedEvent.objects.order_by("pk").first()
        held, done = threading.Event(), threading.Event()

        def hold():
            with transaction.atomic():
                QuarantinedEvent.objects.select_for_update().get(pk=first.pk)
                held.set()
                done.wait()
            connection.close()

        holder = threading.Thread(target=hold)
        holder.start()
        held.wait()
        found = replayed(workspace)
        done.set()
        holder.join()
        assert (found.looked_at, found.stored) == (1, 1)
        assert sorted(committing.quarantined("status")) == ["stored", "waiting"]

    def test_where_postgresql_goes_away_nothing_is_decided_that_is_not_stored(self, committing, monkeypatch):
        closed(committing).send(event(messageId="a"), at=NOW - HOUR)
        committing.send(event(messageId="b"))
        workspace = opened(committing)

        monkeypatch.setattr(sinks, "IN_TRANSACTION", [away_from_the_second])
        with pytest.raises(OperationalError):
            replayed(workspace)
        assert sorted(committing.quarantined("status")) == ["stored", "waiting"]
        assert len(committing.stored("event_id")) == 1
        assert Run.objects.get().status == Run.Status.FAILED
        monkeypatch.setattr(sinks, "IN_TRANSACTION", [])
        replay_quarantine()
        assert set(committing.quarantined("status")) == {"stored"}

    @pytest.mark.parametrize(("times", "stored"), [(2, 1), (3, 0)])
    def test_the_loser_of_a_deadlock_tries_again_and_counts_once(self, committing, monkeypatch, times, stored):
        closed(committing).send(event(messageId="a"))
        workspace = opened(committing)
        left = [times]

        def lose(_stored):
            left[0] -= 1
            if left[0] >= 0:
                error = OperationalError("deadlock detected")
                error.__cause__ = type("Cause", (Exception,), {"sqlstate": "40P01"})()
                raise error

        monkeypatch.setattr(sinks, "IN_TRANSACTION", [lose])
        if stored:
            done = replayed(workspace)
            assert (done.looked_at, done.stored) == (1, 1)
        else:
            with pytest.raises(OperationalError):
                replayed(workspace)
            assert Replay.objects.get().looked_at == 0
        assert len(committing.stored("event_id")) == stored

    def test_a_door_that_turns_the_same_events_away_meanwhile_does_no_harm(self, committing):
        """Their locks are taken in the other order."""
        batch = [event(messageId=f"m{number}", user=f"u{number}") for number in range(20)]
        closed(committing).send(*batch)
        other = Sender(Source.objects.get(pk=committing.source.pk))
        workspace = opened(committing)
        start, over, wrong = threading.Barrier(2), threading.Event(), []

        def resend():
            start.wait()
            try:
                while not over.is_set():
                    try:
                        other.send(*batch)
                    except OperationalError as error:
                        wrong.append(error.__cause__.sqlstate)
            finally:
                connection.close()

        thread = threading.Thread(target=resend)
        thread.start()
        start.wait()
        for _ in range(4):
            replayed(workspace)
        over.set()
        thread.join()
        replayed(workspace)
        assert set(wrong) <= {"40P01"}
        assert len(committing.stored("event_id")) == 20
        assert set(committing.quarantined("status")) <= {"stored", "duplicate"}


class TestWhatStillFails:
    def test_it_waits_on_with_its_reason_of_today(self, sender, strict):
        closed(sender).send(event(messageId="a", properties={}), event(messageId="b", properties={"post_id": "p"}))
        done = replayed(opened(sender))
        assert (done.stored, done.failing) == (1, {"schema": 1})
        rows = QuarantinedEvent.objects.filter(status="waiting")
        assert [(row.reason, row.errors[0]["path"], row.replay) for row in rows] == [("schema", "/properties", done)]
        assert rows[0].payload

    def test_a_new_version_of_the_schema_lets_it_pass_at_once(self, sender, strict):
        sender.send(event(messageId="a"))
        assert replayed(sender.workspace).failing == {"schema": 1}
        EventTypeVersionFactory(event_type=strict, version=2, schema=LOOSE)
        assert replayed(sender.workspace).stored == 1
        assert sender.stored("schema_version") == [2]

    def test_one_that_breaks_the_others_waits_on_alone(self, sender, monkeypatch):
        def choke(stored):
            if any(told.name == "poison" for told in stored.events):
                raise ValueError("cannot be counted")

        closed(sender).send(event("poison"), *(event(messageId=f"m{number}") for number in range(5)))
        monkeypatch.setattr(sinks, "IN_TRANSACTION", [choke])
        done = replayed(opened(sender))
        assert (done.stored, done.failing) == (5, {"unstorable": 1})
        monkeypatch.setattr(sinks, "IN_TRANSACTION", [])
        assert replayed(sender.workspace).stored == 1

    def test_one_of_which_only_the_beginning_was_kept_waits_until_it_is_edited(self, sender):
        sender.send(event(messageId="a", properties={"text": "x" * 40_000}))
        assert replayed(sender.workspace).failing == {"too_large": 1}
        QuarantinedEvent.objects.update(edited_payload='{"type": "track", "event": "short", "userId": "ada"}')
        assert replayed(sender.workspace).stored == 1

    def test_an_edited_payload_is_stored_instead_under_the_same_id(self, sender, strict):
        (result,) = sender.send(event(timestamp=NOW.isoformat()))
        QuarantinedEvent.objects.update(
            edited_payload='{"type": "track", "event": "post_created", "userId": "ada", "properties": {"post_id": "p"}}'
        )
        assert replayed(sender.workspace).stored == 1
        assert sender.stored("event_id", "properties", "occurred_at") == [(result.event_id, {"post_id": "p"}, NOW)]
        assert sender.quarantined("edited_payload", "payload") == [("", "")]

    def test_rows_from_before_requests_were_kept_are_replayed_too(self, sender):
        QuarantinedEventFactory(source=sender.source, payload='{"type": "track", "event": "a", "userId": "u"}')
        assert replayed(sender.workspace).stored == 1


class TestConsent:
    def test_what_its_person_refuses_by_now_is_counted_and_kept_nowhere(self, sender):
        closed(sender).send(event(user="ada", messageId="a"), event(user="eve", messageId="b"))
        workspace = opened(sender)
        refusal = {"consent_given": False}
        sender.send(event("user_consent_update", "eve", properties=refusal, timestamp=NOW.isoformat()))
        seen = previews.preview(workspace, Selection())
        assert (seen.stored, seen.refused) == (1, 1)
        assert not RefusedEvents.objects.exists()
        done = replayed(workspace)
        assert (done.looked_at, done.stored, done.refused, done.failing) == (2, 1, 1, {})
        assert sender.quarantined("status") == ["stored"]
        assert list(RefusedEvents.objects.values_list("day", "events")) == [(NOW.date(), 1)]


class TestWhichOnes:
    def test_only_those_selected_and_only_of_the_workspace(self, sender):
        other = Sender(SourceFactory(enabled=False))
        closed(sender).send(event("one", messageId="a"), event("two", messageId="b"))
        other.send(event("one", messageId="a"))
        Source.objects.update(enabled=True)
        assert replayed(sender.workspace, event_name="one", reason="source_disabled").stored == 1
        assert sender.stored("event_type__name") == ["one"]
        assert other.stored("event_id") == []
        assert other.quarantined("status", "replay") == [("waiting", None)]
        theirs = QuarantinedEvent.objects.get(workspace=other.workspace)
        assert replayed(sender.workspace, id=theirs.pk).looked_at == 0

    def test_those_that_came_after_it_was_asked_for_wait(self, sender):
        closed(sender).send(event(messageId="a"))
        replays.ask(sender.workspace, Selection())
        sender.send(event(messageId="b"))
        opened(sender)
        replay_quarantine()
        assert sorted(sender.quarantined("status")) == ["stored", "waiting"]

    def test_the_job_does_what_was_asked_for_and_nothing_else(self, sender):
        closed(sender).send(event("one", messageId="a"), event("two", messageId="b"))
        opened(sender)
        replay_quarantine()
        assert not Run.objects.exists()
        for name in ("one", "nothing", "two"):
            replays.ask(sender.workspace, Selection(event_name=name))
        replay_quarantine()
        assert sender.quarantined("status") == ["stored", "stored"]
        run = Run.objects.get()
        assert (run.rows_in, run.rows_out) == (2, 2)
        assert list(Replay.objects.order_by("pk").values_list("events", "stored", "run")) == [
            (1, 1, run.pk),
            (0, 0, run.pk),
            (1, 1, run.pk),
        ]

    def test_one_that_was_cut_short_is_taken_up_again_and_counts_on(self, sender, monkeypatch):
        closed(sender).send(event(messageId="a"), at=NOW - HOUR)
        sender.send(event(messageId="b"))
        done = replays.ask(opened(sender), Selection())
        with monkeypatch.context() as patch:
            patch.setattr(sinks, "IN_TRANSACTION", [away_from_the_second])
            with pytest.raises(OperationalError):
                replays.run(recorder_of(sender), sender.workspace)
        replay_quarantine()
        done.refresh_from_db()
        assert (done.looked_at, done.stored) == (2, 2)
        assert done.finished_at is not None

    def test_one_that_cannot_be_done_does_not_keep_the_others_waiting(self, sender, monkeypatch):
        closed(sender).send(event("one", messageId="a"))
        opened(sender)
        replays.ask(sender.workspace, Selection(event_name="two"))
        with monkeypatch.context() as patch:
            patch.setattr(replays, "summary", lambda _done: 1 / 0)
            with pytest.raises(RuntimeError):
                replay_quarantine()
        replays.ask(sender.workspace, Selection())
        replay_quarantine()
        assert sender.quarantined("status") == ["stored"]

    def test_a_large_group_goes_in_chunks_and_its_run_counts(self, sender, monkeypatch):
        monkeypatch.setattr(replays, "CHUNK", 3)
        closed(sender).send(*(event(messageId=f"m{number}") for number in range(8)))
        replays.ask(opened(sender), Selection())
        replay_quarantine(workspace=sender.workspace.slug)
        run, done = Run.objects.get(), Replay.objects.get()
        assert (run.status, run.rows_in, run.rows_out, done.stored, done.run) == ("succeeded", 8, 8, 8, run)
        assert "8 stored" in run.log

    def test_a_request_takes_as_many_statements_with_one_event_as_with_50(self, sender, django_assert_num_queries):
        def count(prefix, events):
            closed(sender).send(*(event(messageId=f"{prefix}{number}") for number in range(events)))
            with CaptureQueriesContext(connection) as found:
                assert replayed(opened(sender)).stored == events
            return len(found)

        count("warm", 1)
        assert count("few", 1) == count("many", 50)

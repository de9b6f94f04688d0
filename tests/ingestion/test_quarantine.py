"""What could not be stored is kept with all that a replay needs, and no longer than its source says."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.utils import timezone

from config.models import Run
from ingestion import quarantine
from ingestion.models import QuarantinedEvent, Source
from ingestion.quarantine import Selection
from ingestion.tasks import clean_quarantine
from tests.factories.config import UserFactory
from tests.factories.ingestion import QuarantinedEventFactory, SourceFactory

from .conftest import NOW, event

pytestmark = pytest.mark.django_db

NAMELESS = {"type": "track", "userId": "ada"}


class TestKeeping:
    def test_what_the_request_said_is_kept_for_the_replay(self, sender):
        sender.send(NAMELESS, sent_at="2026-03-02T11:00:00Z", user_agent="Mozilla/5.0")
        assert sender.quarantined("request", "received_at") == [
            ({"scope": "server", "sent_at": "2026-03-02T11:00:00+00:00", "user_agent": "Mozilla/5.0"}, NOW)
        ]

    @pytest.mark.parametrize("sent_at", ["yesterday", "\x00", {}, 1e400, True])
    def test_a_sent_at_that_is_no_time_is_not_kept(self, sender, sent_at):
        assert sender.statuses(NAMELESS, event(), sent_at=sent_at, user_agent="a\x00" * 900) == ["rejected", "accepted"]
        (request,) = sender.quarantined("request")
        assert request["sent_at"] is None
        assert request["user_agent"] == "a" * quarantine.LONGEST_AGENT

    def test_an_event_keeps_the_id_that_its_sender_was_answered(self, sender):
        sender.source.enabled = False
        (result,) = sender.send(event(context={"ip": "203.0.113.9"}))
        assert sender.quarantined("event_id") == [result.event_id]

    def test_of_a_large_payload_the_beginning_is_kept_and_its_size(self, sender, settings):
        large = event(properties={"text": "x" * 100_000})
        assert sender.statuses(large, event(properties={"text": "x" * 32_000})) == ["rejected", "accepted"]
        ((payload, size),) = sender.quarantined("payload", "cut_from_bytes")
        assert len(payload) == settings.INGEST_MAX_EVENT_BYTES
        assert size > 100_000
        sender.send(large)
        assert sender.quarantined("occurrences") == [2]

    def test_two_large_ones_that_begin_alike_are_two(self, sender):
        sender.send(event(a="x" * 100_000), event(a="x" * 100_001))
        assert len(sender.quarantined("id")) == 2

    def test_the_same_one_with_another_reason_stays_one_row_and_tells_the_latest(self, sender):
        sender.source.unknown_types = Source.UnknownTypes.QUARANTINE
        sender.send(event(messageId="a"))
        sender.source.enabled = False
        sender.send(event(messageId="a"), at=NOW + timedelta(hours=1))
        assert sender.quarantined("reason", "occurrences", "received_at", "last_received_at") == [
            ("source_disabled", 2, NOW, NOW + timedelta(hours=1))
        ]

    def test_one_that_was_decided_on_waits_anew_when_it_is_sent_again(self, sender):
        sender.send(NAMELESS)
        quarantine.discard(sender.workspace, Selection(), "a test", None)
        assert sender.quarantined("status", "payload", "request") == [("discarded", "", {})]
        later = NOW + timedelta(days=1)
        sender.send(NAMELESS, at=later, user_agent="another")
        ((status, payload, received_at, request, note, occurrences),) = sender.quarantined(
            "status", "payload", "received_at", "request", "note", "occurrences"
        )
        assert (status, json.loads(payload), received_at, note, occurrences) == ("waiting", NAMELESS, later, "", 2)
        assert request["user_agent"] == "another"


class TestDiscarding:
    def test_only_what_was_selected_goes_with_who_and_why(self, sender):
        user = UserFactory()
        sender.send(NAMELESS, {"what": 1})
        assert quarantine.discard(sender.workspace, Selection(reason="missing_name"), "from a test", user) == 1
        assert sorted(sender.quarantined("reason", "status", "note", "settled_by", "payload")) == [
            ("missing_name", "discarded", "from a test", user.pk, ""),
            ("unknown_envelope", "waiting", "", None, '{"what":1}'),
        ]

    def test_many_are_done_in_batches(self, sender, monkeypatch):
        monkeypatch.setattr(quarantine, "SETTLED_AT_ONCE", 2)
        sender.send(*({"type": "track", "userId": f"u{number}"} for number in range(5)))
        assert quarantine.discard(sender.workspace, Selection(), "a test", None) == 5
        assert set(sender.quarantined("status")) == {"discarded"}

    def test_another_workspace_is_left_alone(self, sender):
        other = QuarantinedEventFactory()
        assert quarantine.discard(sender.workspace, Selection(id=other.pk), "not ours", None) == 0
        other.refresh_from_db()
        assert (other.status, other.payload) == ("waiting", '{"userId": "u1"}')

    def test_what_was_decided_on_stays_so(self, sender):
        row = QuarantinedEventFactory(source=sender.source, status="stored")
        assert quarantine.discard(sender.workspace, Selection(), "late", None) == 0
        row.refresh_from_db()
        assert row.status == "stored"


class TestRetention:
    def old(self, source, days, **fields):
        return QuarantinedEventFactory(source=source, last_received_at=timezone.now() - timedelta(days=days), **fields)

    def test_each_source_says_how_long_and_the_last_arrival_counts(self):
        short, long = SourceFactory(quarantine_days=7), SourceFactory(quarantine_days=30)
        kept = [
            self.old(short, 6.9),
            self.old(long, 29, received_at=timezone.now() - timedelta(days=99)),
        ]
        self.old(short, 7.1), self.old(long, 31, status="stored"), self.old(long, 31)
        clean_quarantine()
        assert set(QuarantinedEvent.objects.all()) == set(kept)
        assert set(Run.objects.values_list("workspace", "rows_out")) == {
            (short.workspace_id, 1),
            (long.workspace_id, 2),
        }

    def test_it_is_done_in_batches_and_in_one_workspace_alone(self, monkeypatch, django_assert_num_queries):
        monkeypatch.setattr(quarantine, "SETTLED_AT_ONCE", 2)
        source, other = SourceFactory(), SourceFactory()
        for _ in range(5):
            self.old(source, 91)
        self.old(other, 91)
        with django_assert_num_queries(3):
            assert quarantine.delete_old(source.workspace, timezone.now()) == 5
        assert QuarantinedEvent.objects.get().source == other

    @pytest.mark.parametrize("days", [0, 731])
    def test_a_source_keeps_for_a_day_to_two_years(self, days):
        with pytest.raises(IntegrityError):
            SourceFactory(quarantine_days=days)


class TestGroups:
    def test_they_count_events_and_arrivals_by_reason_and_name(self, sender):
        today = timezone.now()
        for days, times in ((0, 1), (0, 5), (3, 1), (40, 1)):
            QuarantinedEventFactory(
                source=sender.source,
                event_name="post_created",
                occurrences=times,
                received_at=today - timedelta(days=days),
                last_received_at=today,
            )
        QuarantinedEventFactory(source=sender.source, reason="too_old")
        QuarantinedEventFactory(source=sender.source, status="discarded")
        QuarantinedEventFactory()
        first, second = quarantine.groups(sender.workspace, Selection())
        assert (first.reason, first.event_name, first.events, first.sent) == ("missing_name", "post_created", 4, 8)
        assert (first.first, first.last) == (today - timedelta(days=40), today)
        assert first.days == {today.date(): 2, (today - timedelta(days=3)).date(): 1}
        assert (second.label, second.event_name, second.events) == ("Older than the source allows", "", 1)

    def test_two_statements_however_many_there_are(self, sender, django_assert_num_queries):
        for number in range(20):
            QuarantinedEventFactory(source=sender.source, event_name=f"e{number}")
        with django_assert_num_queries(2):
            assert len(quarantine.groups(sender.workspace, Selection(), 10)) == 10


class TestCommand:
    def say(self, *words):
        out = StringIO()
        call_command("quarantine", *words, stdout=out)
        return out.getvalue()

    def ask(self, sender, action, *words):
        return json.loads(self.say(action, "--workspace", sender.workspace.slug, "--json", *words))

    def test_it_lists_previews_replays_and_discards(self, sender):
        sender.source.enabled = False
        sender.source.save()
        sender.send(event(messageId="a"), NAMELESS)
        names = {(row["reason"], row["event_name"]): row["events"] for row in self.ask(sender, "list")}
        assert names == {("source_disabled", "post_created"): 1, ("missing_name", "track"): 1}
        assert "source_disabled" in self.say("list", "--workspace", sender.workspace.slug)
        Source.objects.update(enabled=True)
        seen = self.ask(sender, "preview")
        assert (seen["waiting"], seen["stored"], seen["failing"]) == (2, 1, {"missing_name": 1})
        done = self.ask(sender, "replay", "--event", "post_created", "--source", sender.source.name)
        assert (done["looked_at"], done["stored"], done["failing"]) == (1, 1, {})
        assert sender.stored("received_at") == [NOW]
        assert Run.objects.get().name == "ingestion.replay_quarantine"
        because = ("--reason", "missing_name", "--note", "a test")
        assert self.ask(sender, "discard", *because, "--dry-run") == {"would_discard": 1}
        assert self.ask(sender, "discard", *because) == {"discarded": 1}
        assert self.ask(sender, "list") == []
        assert "Nothing waits" in self.say("list", "--workspace", sender.workspace.slug)

    def test_fields_are_changed_before_they_are_stored(self, sender):
        sender.send({"name": "post_created", "userId": "ada"})
        steps = ("--change", 'set /type "track"', "--change", "move /name /event")
        assert self.ask(sender, "preview")["stored"] == 0
        assert self.ask(sender, "preview", *steps)["stored"] == 1
        assert self.ask(sender, "replay", *steps)["stored"] == 1
        with pytest.raises(CommandError, match="Line 1: 'rename' is none of"):
            self.ask(sender, "replay", "--change", "rename /a /b")

    def test_a_source_that_is_not_there_is_refused_with_those_that_are(self, sender):
        SourceFactory(name="of others")
        with pytest.raises(CommandError, match=rf"'of others' \(there are: {sender.source.name}\)"):
            self.ask(sender, "replay", "--source", "of others")

"""Impossible rates: the events of such a minute carry a flag, which somebody may take off, and nothing else changes."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.models import Role, Run
from ingestion import anomalies
from ingestion.flags import Flag
from ingestion.models import Anomaly, Event
from ingestion.tasks import find_anomalies
from tests.factories.config import MemberFactory, UserFactory
from tests.factories.ingestion import AnomalyFactory, SourceFactory
from tests.pages import act, list_url, log_in, said

from .conftest import NOW, Sender, event

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def sender(db):
    """Whose source thinks five events a minute possible."""
    return Sender(SourceFactory(anomalous_above=5))


def burst(sender, count, user="ada", at=NOW, **more):
    """Events of one minute."""
    moments = [(at + timedelta(seconds=number)).isoformat() for number in range(count)]
    sender.send(*(event(user=user, timestamp=moment, **more) for moment in moments), at=at + HOUR)


def find(sender, start=NOW - HOUR, end=NOW + HOUR):
    return anomalies.find(sender.workspace, start, end)


def flagged(sender):
    return [bool(flags & Flag.ANOMALOUS) for flags in sender.stored("flags")]


class TestWhatIsOne:
    def test_more_than_the_source_thinks_possible_is_and_as_many_is_not(self, sender):
        burst(sender, 5)
        assert find(sender) == anomalies.Found()
        burst(sender, 6, user="bob")
        assert find(sender) == anomalies.Found(anomalies=1, events=6)
        assert flagged(sender).count(True) == 6
        assert list(Anomaly.objects.values_list("minute", "events", "source", "workspace")) == [
            (NOW, 6, sender.source.pk, sender.workspace.pk)
        ]

    def test_only_the_minute_and_the_person_are_flagged(self, sender):
        burst(sender, 6)
        burst(sender, 3, at=NOW + MINUTE)
        burst(sender, 4, user="bob")
        assert find(sender).events == 6
        assert flagged(sender).count(True) == 6
        rows = Event.objects.filter(occurred_at__gte=NOW + MINUTE)
        assert all(not row.flags & Flag.ANOMALOUS for row in rows)

    def test_the_ids_of_one_person_count_together(self, sender):
        sender.send(
            {"type": "identify", "userId": "ada", "anonymousId": "phone", "timestamp": (NOW - HOUR).isoformat()}
        )
        burst(sender, 3)
        burst(sender, 3, user=None, anonymousId="phone")
        assert find(sender) == anomalies.Found(anomalies=1, events=6)

    def test_events_of_nobody_may_come_at_any_rate(self, sender):
        burst(sender, 20, user=None)
        assert find(sender) == anomalies.Found()

    def test_a_source_without_a_limit_flags_nothing(self, sender):
        sender.source.anomalous_above = None
        sender.source.save()
        burst(sender, 20)
        assert find(sender) == anomalies.Found()

    def test_every_source_has_its_own_limit(self, sender):
        other = Sender(SourceFactory(workspace=sender.workspace, anomalous_above=2))
        burst(sender, 4)
        burst(other, 3, messageId=None)
        assert find(sender).anomalies == 1
        assert Anomaly.objects.get().source == other.source

    def test_another_workspace_is_not_looked_at(self, sender):
        other = Sender(SourceFactory(anomalous_above=1))
        burst(other, 9)
        burst(sender, 9)
        assert find(sender).anomalies == 1
        assert not any(flagged(other))

    def test_other_flags_stay(self, sender):
        burst(sender, 6, properties={"action": "unlike"})
        find(sender)
        assert set(sender.stored("flags")) == {Flag.ANOMALOUS | Flag.OPPOSITE}
        anomalies.clear(Anomaly.objects.all(), None)
        assert set(sender.stored("flags")) == {Flag.OPPOSITE}


class TestAgain:
    def test_looking_twice_finds_nothing_new(self, sender):
        burst(sender, 6)
        find(sender)
        assert find(sender) == anomalies.Found(anomalies=1, events=0)
        assert Anomaly.objects.count() == 1

    def test_events_that_come_later_join_theirs(self, sender):
        burst(sender, 6)
        find(sender)
        burst(sender, 4, at=NOW + timedelta(seconds=30))
        assert find(sender).events == 4
        assert Anomaly.objects.get().events == 10

    def test_a_limit_that_was_raised_takes_the_flags_off_again(self, sender):
        burst(sender, 6)
        find(sender)
        sender.source.anomalous_above = 10
        sender.source.save()
        assert find(sender) == anomalies.Found(anomalies=0, events=6, lapsed=1)
        assert not any(flagged(sender))
        assert not Anomaly.objects.exists()

    def test_what_somebody_cleared_is_not_flagged_again_unless_it_is_restored(self, sender):
        burst(sender, 6)
        find(sender)
        root = UserFactory(superuser=True)
        assert anomalies.clear(Anomaly.objects.all(), root) == 1
        assert not any(flagged(sender))
        assert find(sender) == anomalies.Found()
        assert not any(flagged(sender))
        assert Anomaly.objects.get().cleared_by == root
        assert anomalies.restore(Anomaly.objects.all()) == 1
        assert all(flagged(sender))
        assert anomalies.restore(Anomaly.objects.all()) == 0

    def test_a_person_who_is_somebody_elses_by_now_can_still_be_cleared(self, sender):
        burst(sender, 6, user=None, anonymousId="phone")
        find(sender)
        sender.send({"type": "identify", "userId": "ada", "anonymousId": "phone"}, at=NOW + HOUR)
        assert find(sender).anomalies == 1
        assert flagged(sender).count(True) == 6
        anomalies.clear(Anomaly.objects.all(), None)
        assert not any(flagged(sender))


class TestJob:
    def test_it_looks_at_the_last_two_hours(self, sender, monkeypatch):
        burst(sender, 6)
        burst(sender, 6, at=NOW - 3 * HOUR)
        monkeypatch.setattr(timezone, "now", lambda: NOW + HOUR)
        find_anomalies()
        assert Anomaly.objects.get().minute == NOW
        assert Run.objects.get().rows_out == 6

    def test_in_the_night_it_looks_at_every_day_that_events_came_for(self, sender):
        now = timezone.now().replace(second=0)
        burst(sender, 6, at=now - timedelta(days=40))
        find_anomalies()
        assert not Anomaly.objects.exists()
        find_anomalies(late=True)
        assert Anomaly.objects.get().events == 6

    def test_it_leaves_no_run_where_there_is_no_limit(self, sender):
        sender.source.anomalous_above = None
        sender.source.save()
        burst(sender, 6, at=timezone.now())
        find_anomalies()
        assert not Run.objects.exists()

    def test_the_door_pays_nothing_for_it(self, sender):
        counts = []
        for limit in (5, None):
            sender.source.anomalous_above = limit
            sender.source.save()
            sender.send(event(messageId=f"first {limit}"))
            with CaptureQueriesContext(connection) as queries:
                burst(sender, 20, properties={"limit": limit})
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestCommand:
    def ask(self, sender, *words):
        out = StringIO()
        call_command("find_anomalies", "--workspace", sender.workspace.slug, "--json", *words, stdout=out)
        return json.loads(out.getvalue())

    def test_it_looks_at_a_range_of_days(self, sender):
        burst(sender, 6)
        assert self.ask(sender)["anomalies"] == 0
        assert self.ask(sender, "--from", "2026-03-01", "--to", "2026-03-03") == {
            "anomalies": 1,
            "events": 6,
            "lapsed": 0,
        }
        assert self.ask(sender, "--from", "2026-03-03")["anomalies"] == 0

    @pytest.mark.parametrize("words", [["--to", "2026-03-03"], ["--from", "2026-03-03", "--to", "2026-03-01"]])
    def test_a_range_without_a_beginning_is_refused(self, sender, words):
        with pytest.raises(CommandError):
            self.ask(sender, *words)


class TestAdmin:
    def test_an_admin_clears_and_restores(self, sender):
        client = log_in(MemberFactory(workspace=sender.workspace, role=Role.ADMIN).user)
        burst(sender, 6)
        find(sender)
        row = Anomaly.objects.get()
        assert "flagged" in client.get(list_url(Anomaly)).content.decode()
        assert said(act(client, row, "clear")) == ["Cleared: 1. They are not flagged again."]
        assert not any(flagged(sender))
        assert "cleared" in client.get(list_url(Anomaly)).content.decode()
        assert said(act(client, row, "restore")) == ["Flagged again: 1."]
        assert all(flagged(sender))

    def test_who_may_only_look_clears_nothing_and_others_rows_are_not_there(self, sender):
        member = MemberFactory(workspace=sender.workspace, role=Role.ANALYST)
        MemberFactory(user=member.user, role=Role.ADMIN)
        row = AnomalyFactory(source=sender.source)
        AnomalyFactory()
        client = log_in(member.user)
        assert [one.pk for one in client.get(list_url(Anomaly)).context["cl"].queryset] == [row.pk]
        act(client, row, "clear")
        row.refresh_from_db()
        assert row.cleared_at is None

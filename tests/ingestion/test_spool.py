"""While PostgreSQL is away events wait in Redis, and what is answered as accepted is stored afterwards, once."""

import json
from datetime import timedelta
from io import StringIO

import pytest
import redis
from django.core.management import call_command
from django.db import OperationalError
from django.urls import reverse

from config.lib.redis import client as redis_client
from config.models import Run
from ingestion import doors, keys, outcomes, registry, sinks, spool
from ingestion.tasks import drain_spool
from tests.factories.config import MemberFactory
from tests.services import empty_redis

from .conftest import KEY, assert_refused, event, statuses

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty():
    empty_redis()
    yield
    empty_redis()


@pytest.fixture
def outage(monkeypatch):
    """PostgreSQL refuses every batch until the returned function is called."""

    def refuse(_stored):
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(sinks, "IN_TRANSACTION", [refuse])

    def over():
        monkeypatch.setattr(sinks, "IN_TRANSACTION", [])
        doors.forget()

    return over


def drained():
    return spool.drain(print, patience_seconds=0)


def test_events_sent_meanwhile_are_answered_as_accepted_and_stored_with_the_time_they_came(post, sender, outage):
    response = post([event(messageId="a"), event(messageId="b")])
    assert statuses(response) == ["accepted", "accepted"]
    assert sender.stored("event_id") == []
    assert spool.state().batches == 1
    received = spool.state().oldest
    outage()
    done = drained()
    assert (done.batches, done.events, done.accepted) == (1, 2, 2)
    ids = {result["event_id"] for result in response.json()["data"]["results"]}
    assert {str(found) for found in sender.stored("event_id")} == ids
    assert all(abs(at - received) < timedelta(seconds=5) for at in sender.stored("received_at"))
    assert spool.state() == spool.State(0, None)


def test_a_batch_that_is_drained_twice_is_stored_once(post, sender, outage):
    post([event(), event(messageId="b")])
    ((_, fields),) = redis_client().xrange(spool.KEY)
    outage()
    drained()
    redis_client().xadd(spool.KEY, fields)
    assert drained().accepted == 0
    assert len(sender.stored("event_id")) == 2


def test_an_event_that_will_be_turned_away_is_answered_so_and_ends_in_the_quarantine(post, sender, outage):
    assert statuses(post([event(), {"x": 1}])) == ["accepted", "rejected"]
    outage()
    drained()
    assert sender.quarantined("reason") == ["unknown_envelope"]
    assert len(sender.stored("event_id")) == 1


def test_batches_are_stored_in_the_order_they_came(post, sender, outage, monkeypatch):
    for name in ("first", "second", "third"):
        post([event(name)])
    outage()
    heard = []
    monkeypatch.setattr(sinks, "IN_TRANSACTION", [lambda stored: heard.extend(e.name for e in stored.events)])
    drained()
    assert heard == ["first", "second", "third"]


def test_the_batch_at_which_postgresql_goes_away_again_stays(post, sender, outage):
    post([event()])
    with pytest.raises(OperationalError):
        drained()
    assert spool.state().batches == 1
    outage()
    assert drained().accepted == 1


def test_a_batch_of_a_source_that_is_gone_is_dropped_and_counted(post, sender, outage):
    post([event()])
    sender.source.delete()
    outage()
    assert drained().dropped == 1
    assert spool.state().batches == 0


def test_with_both_away_senders_are_told_to_come_back(post, sender, outage, monkeypatch, caplog):
    nowhere = redis.Redis.from_url("redis://127.0.0.1:1/0")
    monkeypatch.setattr(spool, "client", lambda: nowhere)
    response = post([event()])
    assert_refused(response, 503, "unavailable")
    assert int(response["Retry-After"]) >= 1
    assert KEY not in caplog.text
    assert spool.state() == spool.State(None, None)


def test_a_key_that_worked_goes_on_working_in_a_process_that_never_saw_it(post, sender, outage, monkeypatch):
    outage()
    post([event()])
    keys.forget()
    registry._known.clear()

    def away(*_args, **_options):
        raise OperationalError("gone")

    monkeypatch.setattr(keys, "_read", away)
    monkeypatch.setattr(registry, "_load", away)
    assert statuses(post([event(messageId="later")])) == ["accepted"]
    assert spool.state().batches == 1
    assert_refused(post([event()], headers={"Authorization": "Bearer unknown"}), 503, "unavailable")
    monkeypatch.undo()
    assert drained().accepted == 1


def test_a_key_that_was_taken_away_is_forgotten_everywhere(post, sender):
    assert statuses(post([event()])) == ["accepted"]
    sender.source.keys.all().delete()
    keys.forget()
    assert_refused(post([event()]), 401, "invalid_key")
    assert list(redis_client().scan_iter("ingestion:key:*")) == []


def test_an_event_that_breaks_its_batch_ends_in_the_quarantine_alone(post, sender, monkeypatch):
    def choke(stored):
        if any(told.name == "poison" for told in stored.events):
            raise ValueError("cannot be counted")

    monkeypatch.setattr(sinks, "IN_TRANSACTION", [choke])
    names = [*(f"good {n}" for n in range(6)), "poison", "good 7"]
    found = statuses(post([event(name) for name in names]))
    assert found == ["accepted"] * 6 + ["rejected", "accepted"]
    assert sorted(sender.stored("event_type__name")) == sorted(set(names) - {"poison"})
    ((reason, name, errors),) = sender.quarantined("reason", "event_name", "errors")
    assert (reason, name) == ("unstorable", "poison")
    assert "cannot be counted" in errors[0]["message"]


@pytest.mark.parametrize(
    ("sqlstate", "away"),
    [("08006", True), ("53100", True), ("57P03", True), ("42P01", True), ("22P05", False), ("54000", False)],
)
def test_the_sqlstate_tells_whether_the_database_is_away(sqlstate, away):
    error = OperationalError("it failed")
    error.__cause__ = type("Cause", (Exception,), {"sqlstate": sqlstate})()
    assert outcomes.is_away(error) is away


def test_the_job_leaves_no_run_while_nothing_waits(post, sender, outage):
    drain_spool()
    assert not Run.objects.exists()
    post([event()])
    outage()
    drain_spool()
    run = Run.objects.get()
    assert (run.status, run.rows_in, run.rows_out) == (Run.Status.SUCCEEDED, 1, 1)


class TestWhatOperatorsSee:
    def test_the_page_tells_how_much_waits_and_drains_it(self, admin_client, post, sender, outage):
        address = reverse("admin:spool")
        assert "Nothing waits" in admin_client.get(address).content.decode()
        post([event()])
        assert "1 batch waits" in admin_client.get(address).content.decode()
        assert admin_client.post(address).status_code == 302

    @pytest.mark.parametrize(("role", "sees"), [("viewer", 403), ("analyst", 200)])
    def test_a_role_that_may_see_runs_sees_it_and_may_not_drain(self, client, role, sees):
        member = MemberFactory(role=role)
        client.force_login(member.user)
        assert client.get(reverse("admin:spool")).status_code == sees
        assert client.post(reverse("admin:spool")).status_code == 403

    def test_the_command_tells_the_same_and_drains(self, post, sender, outage):
        post([event()])
        assert command("--json")["batches"] == 1
        outage()
        assert command("--drain", "--json") == {"batches": 1, "events": 1, "accepted": 1, "dropped_batches": 0}
        assert command("--json") == {"batches": 0, "oldest": None, "waits_seconds": 0}


def command(*words):
    out = StringIO()
    call_command("spool", *words, stdout=out)
    return json.loads(out.getvalue())

"""One transaction per batch: all or nothing, a fixed number of statements."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from psycopg._queries import MAX_CACHED_STATEMENT_LENGTH

from ingestion import actors, contexts, partitions, registry, sinks, store
from ingestion.identity import actor_id_of
from ingestion.models import Actor, Context, Event, EventType, IdentityLink, QuarantinedEvent
from ingestion.seen import Seen
from tests.factories.ingestion import EventTypeFactory

from .conftest import NOW, event, rich

HOUR = timedelta(hours=1)


@contextmanager
def told(monkeypatch, which="AFTER_COMMIT"):
    """What a sink hears."""
    heard = []
    monkeypatch.setattr(sinks, which, [heard.append])
    yield heard


@pytest.fixture
def alone(monkeypatch):
    """The statements of ingestion itself: no other room listens."""
    monkeypatch.setattr(sinks, "IN_TRANSACTION", [])
    monkeypatch.setattr(sinks, "AFTER_COMMIT", [])


def statements(call, *arguments):
    """The first words of every statement that is sent."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        call(*arguments)
    found = []
    for query in captured:
        lines = [line for line in query["sql"].splitlines() if line and not line.startswith("--")]
        found.append(" ".join(" ".join(lines).partition("(")[0].split()[:3]))
    return found


def tries(call, *arguments):
    """How often it was tried to store the events."""
    return statements(call, *arguments).count("WITH people AS")


# One statement looks for refusals, stores, and is a transaction by itself. The first of two tries fails alone.
ALL_NEW = ["WITH people AS"]
AGAIN = ["WITH asked AS", "BEGIN", "WITH people AS", "COMMIT"]
TWO_TRIES = [*ALL_NEW, *AGAIN]


def test_what_runs_with_each_batch_is_short_enough_for_psycopg_to_remember():
    assert max(len(store.STORE_NEW), len(store.STORE_AGAIN)) <= MAX_CACHED_STATEMENT_LENGTH


def test_events_that_are_known_take_one_statement_beside_the_gates(committing, alone):
    batch = [rich(number) for number in range(500)]
    committing.send(*batch)
    committing.send(batch[0])
    assert statements(committing.send, *batch) == AGAIN
    assert statements(committing.send, batch[0]) == AGAIN


def test_the_first_batch_that_is_sent_again_is_stored_at_the_second_try_and_the_next_at_the_first(committing, alone):
    batch = [event(messageId=f"message {number}") for number in range(5)]
    committing.send(*batch[:3])
    assert statements(committing.send, *batch[:4]) == TWO_TRIES
    assert statements(committing.send, *batch) == AGAIN
    assert len(committing.stored("event_id")) == 5


def test_what_is_sent_twice_in_one_batch_or_again_with_others_is_stored_once(committing):
    assert committing.statuses(rich(1), rich(1), rich(2)) == ["accepted", "duplicate", "accepted"]
    store.forget()
    assert committing.statuses(rich(3), rich(2), rich(4)) == ["accepted", "duplicate", "accepted"]
    assert len(committing.stored("event_id")) == 4


def test_a_sender_that_sends_again_is_expected_to_for_some_batches_and_no_other_source_is(committing, alone):
    committing.send(rich(1))
    committing.send(rich(1))
    assert store._resending == {committing.source.pk: store.EXPECTED_BATCHES}
    for number in range(store.EXPECTED_BATCHES):
        assert tries(committing.send, rich(1 if number == 0 else number + 1)) == 1
    assert store._resending == {committing.source.pk: 1}
    committing.send(rich(100))
    assert store._resending == {}
    assert tries(committing.send, rich(1)) == 2


def test_what_stands_twice_in_a_batch_is_stored_at_the_first_try(committing, alone):
    committing.send(rich(0))
    assert tries(committing.send, *[rich(number) for number in (1, 2, 1, 3, 3)]) == 1
    assert len(committing.stored("event_id")) == 4


def test_new_events_of_known_people_and_contexts_take_one_statement(committing, alone):
    batch = [rich(number) for number in range(500)]
    committing.send(*batch)
    again = [value | {"messageId": f"again-{value['messageId']}"} for value in batch]
    assert statements(committing.send, *again) == ALL_NEW


def test_new_people_and_contexts_are_stored_by_the_statement_that_stores_their_events(committing, alone):
    committing.send(event())
    before = rows()
    batch = [event(user=f"new {n}", context={"app": {"version": f"9.{n}"}}) for n in range(50)]
    assert statements(committing.send, *batch) == ALL_NEW
    again = [value | {"messageId": f"again {number}"} for number, value in enumerate(batch)]
    store.forget()
    assert statements(committing.send, *again) == ALL_NEW
    added = {name: number - before[name] for name, number in rows().items()}
    assert added == {"Actor": 50, "Context": 50, "Event": 100, "IdentityLink": 0, "QuarantinedEvent": 0}
    contents = Context.objects.values_list("content", flat=True)
    assert {"app_version": "9.49"} in contents


def test_everything_new_takes_as_many_statements_for_one_event_as_for_500(committing, alone):
    committing.send(event(), {"type": "identify", "userId": "known"})

    def batch(count, prefix):
        values = [rich(number, prefix) for number in range(count)]
        values += [
            {"type": "identify", "anonymousId": f"{prefix}v{n}", "userId": f"{prefix}u{n}"} for n in range(count)
        ]
        return [*values, *({"bad": f"{prefix}{number}"} for number in range(count))]

    assert (
        statements(committing.send, *batch(1, "a"))
        == statements(committing.send, *batch(500, "b"))
        == [
            "WITH asked AS",
            "BEGIN",
            "SELECT claim.position -",
            "SELECT pg_advisory_xact_lock",
            "INSERT INTO ingestion_mergerecord",
            "INSERT INTO ingestion_actor",
            "WITH RECURSIVE reached",
            "SELECT one.id, coalesce",
            "WITH gone AS",
            "WITH disputed AS",
            "WITH people AS",
            "INSERT INTO ingestion_quarantinedevent",
            "COMMIT",
        ]
    )


def test_links_that_are_known_take_no_lock(committing, alone):
    batch = [{"type": "identify", "anonymousId": f"v{number}", "userId": f"u{number}"} for number in range(300)]
    committing.send(*batch)
    committing.send(batch[0])
    assert statements(committing.send, *batch) == [
        "WITH asked AS",
        "BEGIN",
        "SELECT claim.position -",
        "WITH people AS",
        "COMMIT",
    ]


def test_a_batch_with_nothing_to_store_takes_no_statement(committing, alone):
    committing.send(event())
    assert statements(committing.send) == []


def test_other_rooms_add_as_many_statements_for_one_event_as_for_500(committing):
    committing.send(event())
    few, many = statements(committing.send, rich(1, "few")), statements(committing.send, *(rich(n) for n in range(500)))
    assert len(few) == len(many)


def rows():
    return {model.__name__: model.objects.count() for model in (Actor, Context, Event, IdentityLink, QuarantinedEvent)}


EVERYTHING = [rich(1), {"type": "identify", "anonymousId": "v", "userId": "ada"}, {"bad": 1}]


@pytest.mark.parametrize("error", [DatabaseError("gone"), ValueError("wrong")])
def test_when_the_batch_cannot_be_stored_nothing_of_it_is(committing, monkeypatch, error):
    def fail():
        raise error

    with monkeypatch.context() as patch, told(patch) as heard:
        patch.setattr(sinks, "IN_TRANSACTION", [lambda _: fail])
        with pytest.raises(type(error)):
            committing.send(*EVERYTHING)
        assert heard == []
    assert set(rows().values()) == {0}
    contexts.forget()
    assert committing.statuses(*EVERYTHING) == ["accepted", "accepted", "rejected"]
    assert rows() == {"Actor": 3, "Context": 1, "Event": 2, "IdentityLink": 1, "QuarantinedEvent": 1}


def test_what_was_rolled_back_is_not_taken_for_known(committing, monkeypatch):
    monkeypatch.setattr(store, "STORE_NEW", "SELECT 1 / 0")
    with pytest.raises(DatabaseError):
        committing.send(rich(1))
    monkeypatch.undo()
    contexts.forget()
    committing.send(rich(1))
    assert (Actor.objects.count(), Context.objects.count()) == (1, 1)


def test_a_full_memory_of_ids_starts_over_and_loses_nothing(committing, monkeypatch):
    monkeypatch.setattr(actors, "_written", Seen(3))
    for number in range(10):
        committing.send(rich(number))
    assert len(actors._written.ids) <= 3
    committing.send(*(rich(number) for number in range(10)))
    assert Actor.objects.count() == 10


def test_a_partition_that_went_away_is_made_again(committing):
    """As after a restore: the first batch fails, its sender comes back, and nobody restarts a process."""
    old = event(timestamp="2011-05-05T10:00:00Z")
    committing.send(old)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE ingestion_event_p20110505")
    with pytest.raises(DatabaseError):
        committing.send(old)
    assert committing.statuses(old) == ["accepted"]


def test_a_type_that_is_deleted_while_its_events_are_on_their_way_does_not_stop_them(sender, monkeypatch):
    EventTypeFactory(workspace=sender.workspace, name="post_created")

    def delete_the_type(_days):
        EventType.objects.all().delete()
        registry.forget(sender.workspace.pk)

    monkeypatch.setattr(partitions, "ensure", delete_the_type)
    assert sender.statuses(event()) == ["accepted"]


def test_sinks_hear_of_new_events_only_each_once_with_its_person(sender, monkeypatch):
    EventTypeFactory(workspace=sender.workspace, name="like_given", category="economy", counts_as="likes_given")
    sender.send(event("like_given", messageId="old"), {"type": "identify", "anonymousId": "v1", "userId": "ada"})
    batch = [
        event("like_given", messageId="old"),
        event("like_given", messageId="new", properties={"action": "unlike"}),
        event("like_given", messageId="new"),
        event("like_given", user=None, anonymousId="v1", messageId="by v1", timestamp="2026-03-02T11:00:00Z"),
        {"bad": 1},
    ]
    with told(monkeypatch, "IN_TRANSACTION") as heard:
        sender.send(*batch)
    (stored,) = heard
    ada = actor_id_of(sender.workspace.uuid, "ada")
    assert (stored.source, stored.received, stored.links) == (sender.context, 5, {})
    assert [(e.person_id, e.occurred_at, e.name, e.category, e.counts_as, e.flags) for e in stored.events] == [
        (ada, NOW, "like_given", "economy", "likes_given", 32),
        (ada, NOW - HOUR, "like_given", "economy", "likes_given", 0),
    ]


def test_after_the_commit_sinks_know_whose_an_event_is_that_was_stored_at_the_first_try(committing, monkeypatch):
    committing.send({"type": "identify", "anonymousId": "v1", "userId": "ada"})
    with told(monkeypatch) as heard:
        committing.send(event(user=None, anonymousId="v1"), event(user="bob"))
    ada, bob, v1 = (actor_id_of(committing.workspace.uuid, name) for name in ("ada", "bob", "v1"))
    assert {(e.actor_id, e.person_id) for e in heard[0].events} == {(v1, ada), (bob, bob)}


def test_sinks_hear_of_new_links_and_of_those_that_follow_them(sender, monkeypatch):
    sender.send({"type": "identify", "anonymousId": "v1", "userId": "ada"})
    with told(monkeypatch) as heard:
        sender.send({"type": "alias", "previousId": "ada", "userId": "bob"})
    v1, ada, bob = (actor_id_of(sender.workspace.uuid, name) for name in ("v1", "ada", "bob"))
    assert heard[0].links == {ada: bob, v1: bob}


def test_a_sink_that_fails_after_the_commit_harms_neither_the_events_nor_the_next_sink(sender, monkeypatch, caplog):
    heard = []

    def fail(_stored):
        raise RuntimeError("counter away")

    monkeypatch.setattr(sinks, "AFTER_COMMIT", [fail, heard.append])
    assert sender.statuses(event()) == ["accepted"]
    assert len(heard) == 1
    assert "counter away" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_between_two_batches_costs_the_sender_nothing(committing):
    committing.send(rich(1))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    killer = connection.copy()
    with killer.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    killer.close()

    assert committing.statuses(rich(2)) == ["accepted"]
    assert Event.objects.count() == 2


def test_of_one_id_at_two_times_the_one_that_is_new_is_called_accepted(committing):
    now, before = (rich(1) | {"timestamp": moment} for moment in ("2026-03-02T12:00:00Z", "2026-03-01T12:00:00Z"))
    committing.send(now)

    assert committing.statuses(now, before) == ["duplicate", "accepted"]


def test_addresses_are_kept_neither_in_events_nor_in_what_is_put_aside(committing):
    good = rich(1)
    good["properties"] = {**good.get("properties", {}), "ip": "203.0.113.7"}
    bad = {"nothing": "known", "context": {"ip": "203.0.113.7", "ipAddress": "203.0.113.8"}}
    committing.send(good, bad)

    assert "203.0.113" not in str(Event.objects.values_list("properties", "context"))
    assert "203.0.113" not in QuarantinedEvent.objects.get().payload

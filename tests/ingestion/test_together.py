"""Requests of one sender that wait for the one being stored are stored together, and each is answered for itself."""

import threading
import time
from datetime import timedelta

import msgspec
import pytest
from django.db import OperationalError, connection

from ingestion import doors, pipeline, sinks, spool, together
from ingestion.models import Event, WriteKey
from ingestion.payload import read_item
from tests.services import empty_redis

from .conftest import NOW, Sender, event

SECONDS = 30
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@pytest.fixture(autouse=True)
def _empty():
    empty_redis()
    doors.forget()
    yield
    empty_redis()
    doors.forget()


@pytest.fixture
def held(committing, monkeypatch):
    """The first request is stored only when all the others have come: `held(*requests)` is what each was answered, in
    their order; a request is (events, what it is taken with).
    """
    holds, go = threading.Event(), threading.Event()

    def wait(_stored):
        holds.set()
        assert go.wait(SECONDS)

    monkeypatch.setattr(sinks, "IN_TRANSACTION", [wait, *sinks.IN_TRANSACTION])

    def send(*requests):
        answers = {}
        threads = [
            threading.Thread(target=take, args=(committing.source, answers, number, events), kwargs=options)
            for number, (events, options) in enumerate(requests)
        ]
        for number, thread in enumerate(threads):
            thread.start()
            assert holds.wait(SECONDS)
            until_wait(number)
        go.set()
        for thread in threads:
            thread.join(SECONDS)
        return [answers[number] for number in range(len(requests))]

    return send


def take(source, answers, number, events, *, scope=WriteKey.Scope.SERVER, at=NOW, **options):
    """What a door does with a request, in a thread: its statuses, or what it raised, as answers[number]."""
    try:
        items = [read_item(msgspec.json.encode(one)) for one in events]
        results = doors.take(items, Sender(source, scope).context, at, **options)
        answers[number] = [result.status for result in results]
    except Exception as error:  # noqa: BLE001 the test looks at it
        answers[number] = error
    finally:
        connection.close()


def until_wait(count):
    """Return when so many requests are in line."""
    for _ in range(SECONDS * 100):
        if sum(map(len, together._lines.values())) == count:
            return
        time.sleep(0.01)
    raise AssertionError(f"{count} requests do not wait")


def transactions():
    """How many transactions have stored the events there are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT xmin::text) FROM ingestion_event")
        return cursor.fetchone()[0]


def one(number, **more):
    return [event(messageId=f"m{number}", **more)], {}


def test_those_that_wait_are_one_transaction_and_each_has_its_answer(held, committing):
    same = one("same")
    answers = held(one(0), one(1), ([event(messageId="m2"), {"bad": 2}, event(messageId="m3")], {}), same, same, one(0))
    assert answers == [
        ["accepted"],
        ["accepted"],
        ["accepted", "rejected", "accepted"],
        ["accepted"],
        ["duplicate"],
        ["duplicate"],
    ]
    assert len(committing.stored("event_id")) == 5
    assert transactions() == 2
    assert together._lines == {}


def test_each_keeps_its_own_time_clock_and_device(held, committing):
    at = [NOW, NOW + timedelta(seconds=1), NOW + timedelta(seconds=2, microseconds=7)]
    page = {"scope": WriteKey.Scope.CLIENT}
    held(
        ([event(user="first")], page | {"at": at[0]}),
        ([event(user="bot"), event(user="bot", messageId="b")], page | {"at": at[1], "user_agent": BOT}),
        (
            [event(user="late", timestamp=(NOW - timedelta(hours=2)).isoformat())],
            page | {"at": at[2], "sent_at": (NOW - timedelta(hours=2)).isoformat()},
        ),
    )
    rows = Event.objects.order_by("received_at").values_list("received_at", "occurred_at", "skew_seconds")
    microsecond = timedelta(microseconds=1)
    assert list(rows) == [
        (at[0], at[0], None),
        (at[1], at[1], None),
        (at[1] + microsecond, at[1], None),
        (at[2], NOW, 7200),
    ]
    flags = Event.objects.order_by("received_at").values_list("flags", flat=True)
    assert [bool(flag & 1) for flag in flags] == [False, True, True, False]


def test_what_is_turned_away_is_kept_with_its_own_request(held, committing):
    sent = NOW - timedelta(minutes=1)
    held(
        one(0),
        ([{"bad": 1}], {"user_agent": "one/1"}),
        ([{"bad": 2}], {"user_agent": "two/2", "sent_at": sent.isoformat(), "at": NOW + timedelta(seconds=5)}),
    )
    kept = {
        msgspec.json.decode(payload)["bad"]: (received_at, asked["user_agent"], asked["sent_at"])
        for payload, received_at, asked in committing.quarantined("payload", "received_at", "request")
    }
    assert kept == {1: (NOW, "one/1", None), 2: (NOW + timedelta(seconds=5), "two/2", sent.isoformat())}


def test_one_that_spoils_it_goes_to_the_quarantine_alone(held, committing):
    def choke(stored):
        if any(told.name == "poison" for told in stored.events):
            raise ValueError("cannot be counted")

    sinks.IN_TRANSACTION.append(choke)
    try:
        answers = held(one(0), one(1), ([event("good"), event("poison")], {}), one(3))
    finally:
        sinks.IN_TRANSACTION.remove(choke)
    assert answers == [["accepted"], ["accepted"], ["accepted", "rejected"], ["accepted"]]
    assert committing.quarantined("reason", "event_name") == [("unstorable", "poison")]
    assert len(committing.stored("event_id")) == 4


def test_one_that_cannot_even_be_read_goes_to_the_quarantine_alone(committing, monkeypatch):
    to_draft = pipeline.to_draft

    def choke(value, *rest, **options):
        if value["event"] == "poison":
            raise ZeroDivisionError("no form is known")
        return to_draft(value, *rest, **options)

    monkeypatch.setattr(pipeline, "to_draft", choke)
    answers = {}
    take(committing.source, answers, 0, [event("good"), event("poison"), event("good", messageId="b")])
    assert answers == {0: ["accepted", "rejected", "accepted"]}
    assert committing.quarantined("reason", "event_name") == [("unstorable", "poison")]


def test_while_postgresql_is_away_each_waits_in_the_spool(held, committing, monkeypatch):
    def refuse(_stored):
        raise OperationalError("the server closed the connection")

    sinks.IN_TRANSACTION.append(refuse)
    try:
        assert held(one(0), one(1), one(2)) == [["accepted"]] * 3
    finally:
        sinks.IN_TRANSACTION.remove(refuse)
    assert committing.stored("event_id") == []
    assert spool.state().batches == 3
    monkeypatch.setattr(sinks, "IN_TRANSACTION", [])
    doors.forget()
    assert spool.drain(print, patience_seconds=0).accepted == 3


def test_no_more_are_stored_at_once_than_are_worth_it(held, committing, monkeypatch):
    monkeypatch.setattr(together, "MOST_EVENTS", 5)
    several = [([event(messageId=f"{n}-{k}") for k in range(2)], {}) for n in range(6)]
    assert held(*several) == [["accepted", "accepted"]] * 6
    assert transactions() == 4


def test_a_page_and_a_server_do_not_wait_for_each_other(committing, monkeypatch):
    held, go = threading.Event(), threading.Event()

    def wait(stored):
        if stored.source.scope == WriteKey.Scope.CLIENT:
            held.set()
            assert go.wait(SECONDS)

    monkeypatch.setattr(sinks, "IN_TRANSACTION", [wait])
    answers = {}
    waiting = threading.Thread(
        target=take,
        args=(committing.source, answers, 0, [event(user="of-a-page")]),
        kwargs={"scope": WriteKey.Scope.CLIENT},
    )
    waiting.start()
    assert held.wait(SECONDS)
    take(committing.source, answers, 1, [event(user="of-a-server")])
    assert answers == {1: ["accepted"]}
    go.set()
    waiting.join(SECONDS)
    assert answers[0] == ["accepted"]

"""Daily partitions: made ahead, made on demand, made once however many ask."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from ingestion import partitions
from ingestion.models import Event

from .conftest import NOW, event

DAY = timedelta(days=1)
# Days that no other test of this room writes to; those that commit them use days of their own.
FREE = date(2001, 2, 1)


def tables_of(sender):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tableoid::regclass::text FROM ingestion_event WHERE workspace_id = %s ORDER BY occurred_at",
            [sender.workspace.pk],
        )
        return [name for (name,) in cursor.fetchall()]


def test_an_event_stands_in_the_partition_of_its_utc_day(sender):
    times = ["2001-02-27T23:59:59.999999Z", "2001-02-28T00:00:00Z", "2001-03-01T00:30:00+01:00", "2001-03-01T00:00:00Z"]
    sender.send(*(event(timestamp=moment) for moment in times))
    assert tables_of(sender) == [
        "ingestion_event_p20010227",
        "ingestion_event_p20010228",
        "ingestion_event_p20010228",
        "ingestion_event_p20010301",
    ]


@pytest.mark.parametrize("moment", [datetime(2000, 1, 1, tzinfo=UTC), NOW - 5_000 * DAY, NOW + timedelta(minutes=4)])
def test_an_event_of_any_time_that_may_be_stored_finds_a_partition(sender, moment):
    assert sender.statuses(event(timestamp=moment.isoformat())) == ["accepted"]
    assert tables_of(sender) == [f"ingestion_event_p{moment:%Y%m%d}"]


def test_ensuring_says_which_days_were_made_and_makes_none_twice(db):
    days = [FREE, FREE + DAY, FREE + 5 * DAY]
    assert partitions.ensure(days[:2]) == days[:2]
    assert partitions.ensure(days[::-1]) == [days[2]]
    partitions.forget()
    assert partitions.ensure(days) == []
    assert set(days) <= partitions.existing()


def test_no_days_ask_nothing(django_assert_num_queries, db):
    with django_assert_num_queries(0):
        assert partitions.ensure([]) == []


def test_days_that_are_known_ask_nothing(django_assert_num_queries, db):
    partitions.ensure([FREE])
    with django_assert_num_queries(0):
        assert partitions.ensure([FREE]) == []


def test_more_days_than_one_transaction_makes_are_all_made(db):
    days = [FREE + number * DAY for number in range(2 * partitions.PER_TRANSACTION + 3)]
    assert partitions.ensure(days) == days


def test_the_days_ahead_reach_from_yesterday_over_a_week_and_are_made_once(db):
    today = FREE + 100 * DAY
    made = partitions.ensure_ahead(today)
    assert made == [today + number * DAY for number in range(-1, partitions.DAYS_AHEAD + 1)]
    assert partitions.ensure_ahead(today) == []
    assert partitions.ensure_ahead(today + DAY) == [today + (partitions.DAYS_AHEAD + 1) * DAY]


def test_readiness_asks_for_a_partition_of_today(db):
    today = datetime.now(UTC).date()
    partitions.ensure([today])
    assert partitions.check() == "ok"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {partitions.name_of(today)}")
    assert partitions.check() == "no partition for today"


def test_readiness_does_not_know_when_the_database_is_away(db, monkeypatch):
    def away():
        raise OperationalError("gone")

    monkeypatch.setattr(partitions, "existing", away)
    assert partitions.check() == "unknown"


def test_a_partition_has_the_keys_checks_and_indexes_of_the_table(db):
    partitions.ensure([FREE])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT replace(indexdef, %s, 'ingestion_event') FROM pg_indexes WHERE tablename = %s",
            [partitions.name_of(FREE), partitions.name_of(FREE)],
        )
        kept = sorted(definition.split(" USING ")[1] for (definition,) in cursor.fetchall())
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'ingestion_event'")
        assert kept == sorted(definition.split(" USING ")[1] for (definition,) in cursor.fetchall())
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'",
            [partitions.name_of(FREE)],
        )
        assert cursor.fetchall() == [("event_not_before_2000",)]


def test_the_table_itself_refuses_what_is_before_2000(sender):
    partitions.ensure([date(1999, 12, 31)])
    sender.send(event())
    (row,) = Event.objects.values()
    row |= {"occurred_at": datetime(1999, 12, 31, 23, tzinfo=UTC)}
    with pytest.raises(IntegrityError, match="event_not_before_2000"), transaction.atomic():
        Event.objects.create(**row)


def test_two_who_need_the_same_days_at_once_make_each_once(transactional_db):
    for attempt in range(4):
        days = [date(2002, 3, 1) + (attempt * 6 + number) * DAY for number in range(6)]
        start, made = threading.Barrier(2), []

        def make(order, start=start, made=made):
            start.wait()
            try:
                made.extend(partitions.ensure(order))
            finally:
                connection.close()

        partitions.forget()
        threads = [threading.Thread(target=make, args=[order]) for order in (days, days[::-1])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(made) == days
        assert set(days) <= partitions.existing()


def test_making_a_partition_waits_for_no_writer(committing):
    """Attaching takes a lock that an open transaction with events of other days allows."""
    committing.send(event())
    done = threading.Event()

    def make():
        try:
            partitions.ensure([date(2002, 5, 1)])
            done.set()
        finally:
            connection.close()

    with transaction.atomic():
        committing.send(event(messageId="open"))
        thread = threading.Thread(target=make)
        thread.start()
        assert done.wait(timeout=10)
    thread.join()


def test_a_transaction_that_is_rolled_back_is_not_taken_for_a_partition(transactional_db, monkeypatch):
    day = date(2002, 6, 1)
    make = partitions._make

    def fail(made):
        make(made)
        raise OperationalError("gone")

    monkeypatch.setattr(partitions, "_make", fail)
    with pytest.raises(OperationalError):
        partitions.ensure([day])
    assert day not in partitions.existing()
    monkeypatch.setattr(partitions, "_make", make)
    assert partitions.ensure([day]) == [day]

"""Statements that run all the time: their plans, their errors, and the transactions they stand in."""

import pytest
from django.db import DataError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from config.lib.sql import PREPARE_AFTER, rows_of

ASK = "SELECT %(number)s::integer AS asked_often"
OFTEN = PREPARE_AFTER + 2


def kept(text):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", [f"%{text}%"])
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_rows_are_tuples_and_what_returns_none_is_empty():
    assert rows_of("SELECT %(a)s::text, 1 UNION ALL SELECT NULL, 2", {"a": "x"}) == [("x", 1), (None, 2)]
    assert rows_of("SELECT 1 WHERE %(a)s::boolean", {"a": False}) == []
    assert rows_of("SET LOCAL application_name = 'here'", {}) == []


@pytest.mark.django_db
def test_its_plan_is_kept_and_those_of_others_are_not():
    before = connection.connection.prepare_threshold
    for number in range(OFTEN):
        assert rows_of(ASK, {"number": number}) == [(number,)]
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::integer AS asked_by_others", [number])
    assert (kept("asked_often"), kept("asked_by_others")) == (1, 0)
    assert connection.connection.prepare_threshold == before


@pytest.mark.django_db
def test_errors_are_those_of_django_and_the_next_statement_is_answered():
    with pytest.raises(DataError), transaction.atomic():
        rows_of("SELECT 1 / %(zero)s::integer", {"zero": 0})
    assert rows_of(ASK, {"number": 3}) == [(3,)]


@pytest.mark.django_db
def test_nothing_is_asked_within_a_transaction_that_is_broken():
    with pytest.raises(TransactionManagementError), transaction.atomic():  # noqa: PT012 the second fails
        transaction.set_rollback(True)
        rows_of(ASK, {"number": 1})


@pytest.mark.django_db(transaction=True)
def test_it_is_part_of_the_transaction_around_it():
    rows_of("CREATE TABLE written_by_rows_of (n integer)", {})
    try:
        with transaction.atomic():
            rows_of("INSERT INTO written_by_rows_of VALUES (%(n)s)", {"n": 1})
            transaction.set_rollback(True)
        assert rows_of("SELECT n FROM written_by_rows_of", {}) == []
        rows_of("INSERT INTO written_by_rows_of VALUES (%(n)s)", {"n": 2})
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("SELECT n FROM written_by_rows_of")
            assert cursor.fetchall() == [(2,)]
        other.close()
    finally:
        rows_of("DROP TABLE written_by_rows_of", {})


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_closed_is_opened_again():
    rows_of(ASK, {"number": 1})
    connection.close()
    assert rows_of(ASK, {"number": 2}) == [(2,)]


@pytest.mark.django_db
def test_whoever_records_statements_hears_of_it():
    with CaptureQueriesContext(connection) as captured:
        assert rows_of(ASK, {"number": 1}) == [(1,)]
        assert rows_of("SET LOCAL application_name = 'here'", {}) == []
    assert [query["sql"].split()[0] for query in captured] == ["SELECT", "SET"]

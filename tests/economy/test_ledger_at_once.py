"""Many who write into one ledger at the same time."""

import threading
import uuid

import pytest
from django.db import connection

from economy.corrections import adjust, approve
from economy.ledger import Refused, post, post_many, reverse
from economy.models import Account
from tests.factories.config import UserFactory, WorkspaceFactory
from tests.factories.economy import correction, entry, grant

from .reading import balances, is_right, refusals

pytestmark = pytest.mark.django_db(transaction=True)
MINT, SINK = Account.Kind.MINT, Account.Kind.SINK
ADA, BOB = uuid.UUID(int=1), uuid.UUID(int=2)


@pytest.fixture
def committed(committed_ledger):
    """A workspace in a test whose transactions commit."""
    return WorkspaceFactory()


def at_once(count, work):
    """The results of work(0) to work(count - 1), each in a thread with a connection of its own."""
    results, errors, begin = [None] * count, [], threading.Barrier(count)

    def run(place):
        try:
            begin.wait(30)
            results[place] = work(place)
        except Exception as error:  # noqa: BLE001 told to the test
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[place]) for place in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    return results


def test_of_fifty_spends_of_the_last_points_exactly_the_affordable_ones_succeed(committed):
    grant(committed, 10, ADA)
    outcomes = at_once(50, lambda place: post(committed, entry(ADA, SINK, 3, key=f"spend-{place}")))
    assert sum(outcome.number is not None for outcome in outcomes) == 3
    assert len(refusals(committed)) == 47
    assert balances(committed) == {"mint": -10, "sink": 9, ADA: 1}
    assert is_right(committed)


def test_people_who_pay_each_other_never_wait_in_a_circle(committed):
    grant(committed, 1_000, ADA)
    grant(committed, 1_000, BOB)

    def work(place):
        one, two = (ADA, BOB) if place % 2 else (BOB, ADA)
        for _ in range(5):
            post_many(committed, [entry(one, two, 2), entry(two, one, 1)])

    at_once(8, work)
    assert balances(committed) == {"mint": -2_000, ADA: 1_000, BOB: 1_000}
    assert is_right(committed)


def test_the_same_key_in_two_batches_counts_once(committed):
    outcomes = at_once(8, lambda _: post(committed, entry(MINT, ADA, 5, key="k")))
    assert {outcome.number for outcome in outcomes} == {1}
    assert sum(outcome.is_new for outcome in outcomes) == 1


def test_a_transfer_is_reversed_by_one_of_many(committed):
    grant(committed, 10, ADA)

    def work(_):
        try:
            return reverse(committed, 1, by=None, reason="Wrong").number
        except Refused:
            return None

    assert [number for number in at_once(6, work) if number] == [2]


def test_of_many_corrections_at_once_one_operator_does_no_more_than_the_limit_alone(committed):
    operator = UserFactory()
    done = at_once(6, lambda _: adjust(committed, ADA, 400, by=operator, reason="A prize").status)
    assert sorted(done) == ["done"] * 2 + ["waiting"] * 4
    assert balances(committed) == {"mint": -800, ADA: 800}


def test_a_correction_that_many_approve_at_once_is_done_once(committed):
    waiting = correction(committed, 5_000)
    operators = [UserFactory() for _ in range(6)]

    def work(place):
        try:
            return approve(waiting, by=operators[place]).number
        except Refused:
            return None

    assert [number for number in at_once(6, work) if number] == [1]
    assert is_right(committed)

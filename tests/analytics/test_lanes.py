"""Rollups that are filled side by side: in their order, with the rows that one at a time gives, and ended together."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from analytics.models import OpenBucket
from analytics.rollups import engine, lanes
from analytics.rollups.rollup import Rollup
from config.models import Run
from config.runs import recorded
from tests.analytics.community import Community
from tests.analytics.test_engine import busy, contents

SECONDS = 30


def rollup(key, *depends_on):
    return Rollup(key=key, title=key, table=key, grain="day", depends_on=dict.fromkeys(depends_on, 0))


@pytest.fixture
def two(settings):
    settings.FILL_CONNECTIONS = 2


def sleeping():
    """Connections that wait in pg_sleep."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)' AND state = 'active'"
            " AND datname = current_database()"
        )
        return cursor.fetchone()[0]


def alive(backends):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = any(%s)", [list(backends)])
        return cursor.fetchone()[0]


def until(condition):
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.usefixtures("two", "transactional_db")
def test_two_that_need_nothing_of_each_other_are_done_at_once_and_what_needs_them_after_both():
    met, seen = threading.Barrier(2), []

    def work(one):
        if not one.depends_on:
            met.wait(SECONDS)
        seen.append(one.key)

    lanes.each([rollup("a"), rollup("b"), rollup("c", "a", "b"), rollup("d", "c")], work)
    assert sorted(seen[:2]) == ["a", "b"]
    assert seen[2:] == ["c", "d"]


@pytest.mark.usefixtures("two", "transactional_db")
def test_each_has_a_connection_of_its_own_which_is_closed_at_the_end():
    met, backends = threading.Barrier(2), set()

    def work(_):
        met.wait(SECONDS)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            backends.add(cursor.fetchone()[0])

    lanes.each([rollup("a"), rollup("b")], work)
    assert len(backends) == 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        own = cursor.fetchone()[0]
    until(lambda: not alive(backends - {own}))


@pytest.mark.usefixtures("two", "transactional_db")
def test_where_there_is_no_further_connection_the_caller_does_all(monkeypatch, caplog):
    caller, seen, real = threading.get_ident(), [], BaseDatabaseWrapper.ensure_connection

    def refused(self):
        if threading.get_ident() != caller:
            raise OperationalError("remaining connection slots are reserved")
        real(self)

    monkeypatch.setattr(BaseDatabaseWrapper, "ensure_connection", refused)
    lanes.each([rollup("a"), rollup("b"), rollup("c", "a")], lambda one: seen.append((one.key, threading.get_ident())))
    assert seen == [(key, caller) for key in ("a", "b", "c")]
    assert "no further connection" in caplog.text


@pytest.mark.usefixtures("two", "db")
def test_within_a_transaction_all_is_done_on_its_connection():
    seen = []
    lanes.each([rollup("a"), rollup("b"), rollup("c", "a")], lambda one: seen.append((one.key, threading.get_ident())))
    assert seen == [(key, threading.get_ident()) for key in ("a", "b", "c")]


@pytest.mark.usefixtures("two", "transactional_db")
@pytest.mark.parametrize("where", ["caller", "beside"])
def test_what_one_raises_ends_the_statement_of_the_other_and_begins_nothing_more(where):
    caller, begun, raised = threading.get_ident(), [], threading.Event()

    def work(one):
        begun.append(one.key)
        if (threading.get_ident() == caller) != (where == "caller"):
            if where == "caller":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_sleep(600)")
            raised.wait(SECONDS)
        else:
            until(lambda: where == "beside" or sleeping() == 1)
            raised.set()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lanes.each([rollup("a"), rollup("b"), rollup("c", "a", "b")], work)
    assert "c" not in begun
    assert sleeping() == 0


@pytest.mark.usefixtures("transactional_db")
def test_two_connections_fill_what_one_fills_and_tell_of_every_bucket(settings):
    community, told = Community(), []
    for day in range(3):
        busy(community, day)
    settings.FILL_CONNECTIONS = 1
    community.fill()
    once = contents(community)
    settings.FILL_CONNECTIONS = 4
    engine.prepare(community.workspace, timezone.now() - timedelta(days=400), timezone.now())
    opened = OpenBucket.objects.count()
    with recorded("analytics.fill", workspace=community.workspace) as recorder:
        recorder.expected = opened
        fill = engine.bring_up_to_date(community.workspace, recorder=recorder, progress=told.append)
    assert fill.failed == {}
    assert contents(community) == once
    assert sum(told) == fill.buckets >= opened
    run = Run.objects.get(name="analytics.fill")
    assert (run.status, run.progress_done, run.rows_out) == (Run.Status.SUCCEEDED, fill.buckets, fill.rows)

"""Reading the outbox of the team's own database: every row once, whatever happens in between."""

import json
import signal
import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, connections
from django.utils import timezone

from config.models import Run
from ingestion import outbox, sinks, source_databases
from ingestion.models import Event, SourceDatabase
from ingestion.tasks import poll_sources
from tests.factories.ingestion import SourceDatabaseFactory, SourceFactory
from tests.servers import ROOT, environment, wait_for

from .conftest import Sender

pytestmark = pytest.mark.django_db


@pytest.fixture
def sender(database):
    return Sender(database.source)


def poll(database):
    return source_databases.poll(database)


def again(database):
    database.refresh_from_db()
    return database


class TestReading:
    def test_a_row_becomes_an_event_with_the_id_and_time_it_was_given_there(self, team, database, sender):
        team.run("INSERT INTO posts (author_id, title) VALUES (7, 'Hello')")
        ((event_id, occurred_at),) = team.waiting("event_id", "occurred_at")
        assert poll(database) == source_databases.Polled(rows=1, accepted=1)
        assert team.waiting() == []
        assert sender.stored("event_id", "occurred_at", "event_type__name", "properties") == [
            (event_id, occurred_at, "post_created", {"id": 1, "author_id": 7, "title": "Hello", "object_id": "1"})
        ]

    def test_the_table_it_came_from_and_what_changed_stand_in_the_context(self, team, database, sender):
        team.run("INSERT INTO posts (title) VALUES ('a')")
        team.run("UPDATE posts SET title = 'b'")
        poll(database)
        library = {"library": {"name": "agora.outbox", "table": "public.posts"}}
        assert sender.stored("context_shared__content", "context") == [
            (library, None),
            (library, {"changed": ["title"]}),
        ]

    def test_rows_are_stored_in_the_order_they_were_written_over_many_batches(
        self, team, database, sender, monkeypatch
    ):
        monkeypatch.setattr(outbox, "ROWS_AT_ONCE", 10)
        heard = []
        monkeypatch.setattr(sinks, "IN_TRANSACTION", [lambda told: heard.extend(e.name for e in told.events)])
        for number in range(35):
            team.put(name=f"step {number}")
        assert poll(database).rows == 35
        assert heard == [f"step {number}" for number in range(35)]

    def test_a_batch_is_bounded_in_bytes_but_never_empty(self, team, database, monkeypatch):
        monkeypatch.setattr(outbox, "BYTES_AT_ONCE", 100)
        sizes = []
        monkeypatch.setattr(sinks, "IN_TRANSACTION", [lambda told: sizes.append(told.received)])
        team.put(3, properties=json.dumps({"text": "x" * 200}))
        team.put(30)
        assert poll(database).accepted == 33
        assert sizes[:3] == [1, 1, 1]
        assert max(sizes) > 10

    def test_a_look_that_is_out_of_time_goes_on_with_the_next_one(self, team, database, monkeypatch):
        monkeypatch.setattr(outbox, "ROWS_AT_ONCE", 10)
        team.put(25)
        assert source_databases.poll(database, patience_seconds=0).rows == 10
        assert again(database).waiting == 15
        assert poll(database).rows == 15

    def test_a_row_that_has_waited_for_a_month_keeps_its_time(self, team, database, sender):
        then = timezone.now() - timedelta(days=30)
        team.put(occurred_at=then)
        poll(database)
        assert sender.stored("occurred_at") == [then]


class TestPoison:
    @pytest.mark.parametrize(
        ("columns", "reason"),
        [
            ({"name": ""}, "missing_name"),
            ({"name": "x" * 300}, "invalid_envelope"),
            ({"user_id": "x" * 600}, "invalid_envelope"),
            ({"properties": "[1]"}, "invalid_envelope"),
            ({"context": '"text"'}, "invalid_envelope"),
            ({"properties": '{"n": 1e400}'}, "number_out_of_range"),
            ({"properties": json.dumps({"text": "x" * 40_000})}, "too_large"),
            ({"occurred_at": "infinity"}, "invalid_time"),
            ({"occurred_at": "0044-03-15 BC"}, "invalid_time"),
            ({"occurred_at": "20000-01-01"}, "invalid_time"),
        ],
    )
    def test_a_row_that_cannot_be_an_event_goes_to_the_quarantine_alone(self, team, database, sender, columns, reason):
        team.put(name="before")
        team.put(**{"name": "poison"} | columns)
        team.put(name="after")
        assert poll(database) == source_databases.Polled(rows=3, accepted=2, rejected=1)
        assert team.waiting() == []
        assert sender.quarantined("reason") == [reason]
        assert sorted(sender.stored("event_type__name")) == ["after", "before"]

    def test_a_row_that_makes_its_batch_fail_does_as_well(self, team, database, sender, monkeypatch):
        def choke(told):
            if any(event.name == "poison" for event in told.events):
                raise ValueError("cannot be counted")

        monkeypatch.setattr(sinks, "IN_TRANSACTION", [choke])
        for name in ("one", "poison", "two", "three"):
            team.put(name=name)
        assert poll(database) == source_databases.Polled(rows=4, accepted=3, rejected=1)
        assert sender.quarantined("reason") == ["unstorable"]
        assert team.waiting() == []


class TestOnce:
    def test_rows_that_come_back_are_duplicates(self, team, database, sender):
        """As after their database was restored from a backup."""
        team.put(3)
        rows = team.waiting("event_id", "occurred_at", "event_name")
        poll(database)
        for event_id, occurred_at, name in rows:
            team.put(name=name, event_id=event_id, occurred_at=occurred_at)
        assert poll(database) == source_databases.Polled(rows=3, duplicates=3)
        assert len(sender.stored("event_id")) == 3

    def test_rows_stay_while_agoras_own_database_is_away(self, team, database, sender, monkeypatch):
        def refuse(_):
            raise OperationalError("the server closed the connection")

        monkeypatch.setattr(sinks, "IN_TRANSACTION", [refuse])
        team.put(3)
        with pytest.raises(OperationalError):
            poll(database)
        assert len(team.waiting()) == 3
        monkeypatch.setattr(sinks, "IN_TRANSACTION", [])
        assert poll(database).accepted == 3

    def test_rows_stored_before_their_database_went_away_are_duplicates_afterwards(
        self, team, database, sender, monkeypatch
    ):
        def hang_up(_):
            team.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'agora' AND datname = current_database()"
            )

        team.put(3)
        monkeypatch.setattr(sinks, "AFTER_COMMIT", [hang_up])
        with pytest.raises(source_databases.Away):
            poll(database)
        monkeypatch.setattr(sinks, "AFTER_COMMIT", [])
        assert len(team.waiting()) == len(sender.stored("event_id")) == 3
        assert poll(database) == source_databases.Polled(rows=3, duplicates=3)
        assert len(sender.stored("event_id")) == 3
        assert team.waiting() == []


@pytest.mark.django_db(transaction=True)
class TestProcesses:
    def test_two_pollers_at_once_share_the_rows(self, team, database, monkeypatch):
        monkeypatch.setattr(outbox, "ROWS_AT_ONCE", 20)
        team.put(400)
        done, failed = [], []
        ready = threading.Barrier(3)

        def work():
            try:
                ready.wait()
                done.append(source_databases.poll(SourceDatabase.objects.get()))
            except Exception as error:  # noqa: BLE001 the test tells of it
                failed.append(error)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert failed == []
        assert sum(one.rows for one in done) == sum(one.accepted for one in done) == 400
        assert Event.objects.count() == 400
        assert team.waiting() == []
        assert again(database).accepted == 400

    @pytest.mark.slow
    def test_a_poller_that_is_killed_between_storing_and_removing_loses_and_doubles_nothing(self, team, database):
        team.run(
            "INSERT INTO agora.outbox (event_name, user_id, properties)"
            " SELECT 'post_created', mod(n, 50), jsonb_build_object('n', n) FROM generate_series(1, %s) AS n",
            3_000,
        )
        env = environment(connection) | {"PRIVATE_NETWORKS": connection.settings_dict["HOST"]}
        command = [sys.executable, "manage.py", "poll_sources", "--once"]
        # A lock that lets rows be read and locked, and none be removed.
        with team.connection.transaction():
            team.run("LOCK TABLE agora.outbox IN SHARE MODE")
            child = subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.DEVNULL)
            try:
                wait_for(Event.objects.exists, "the first batch")
            finally:
                child.send_signal(signal.SIGKILL)
                child.wait()
        assert Event.objects.count() == outbox.ROWS_AT_ONCE
        # Their server notices the dead connection when it writes to it.
        wait_for(lambda: len(team.run("SELECT id FROM agora.outbox FOR UPDATE SKIP LOCKED")) == 3_000, "the locks")
        assert poll(database) == source_databases.Polled(rows=3_000, accepted=2_000, duplicates=1_000)
        assert Counter(Event.objects.values_list("properties__n", flat=True)) == dict.fromkeys(range(1, 3_001), 1)
        assert team.waiting() == []


class TestState:
    def test_it_says_how_much_was_read_and_that_nothing_waits(self, team, database):
        team.put(2)
        team.put(name="")
        poll(database)
        row = again(database)
        assert (row.accepted, row.duplicates, row.rejected, row.waiting) == (2, 0, 1, 0)
        assert (row.oldest_at, row.error, row.failures, row.next_poll_at) == (None, "", 0, None)
        assert timezone.now() - row.answered_at < timedelta(seconds=30)

    def test_it_says_how_much_waits_and_since_when(self, team, database):
        team.put(occurred_at=timezone.now() - timedelta(minutes=9))
        team.put()
        source_databases.look(database)
        row = again(database)
        assert row.waiting == 2
        assert timedelta(minutes=8) < timezone.now() - row.oldest_at < timedelta(minutes=10)
        assert len(team.waiting()) == 2

    def test_a_database_that_is_away_is_left_alone_longer_each_time(self, team, database):
        source_databases.set_dsn(database, team.dsn.replace(team.name, "not_there"))
        database.save()
        pauses = []
        for failures in range(1, 12):
            with pytest.raises(source_databases.Away, match="not_there"):
                poll(database)
            row = again(database)
            assert row.failures == failures
            pauses.append((row.next_poll_at - row.polled_at).total_seconds())
        assert 2.5 <= pauses[0] <= 5
        assert 20 <= pauses[4] <= 80
        assert 450 <= pauses[10] <= 900
        assert "not_there" in row.error
        assert not source_databases.due(source_databases.enabled(row.source.workspace)).exists()

    def test_it_is_asked_again_when_the_pause_is_over_and_forgets_its_failures(self, team, database):
        team.put()
        SourceDatabase.objects.update(failures=3, error="gone", next_poll_at=timezone.now() - timedelta(seconds=1))
        poll_sources()
        row = again(database)
        assert (row.failures, row.error, row.next_poll_at, row.accepted) == (0, "", None, 1)

    def test_no_outbox_is_an_error_that_names_it(self, team, database):
        team.run("DROP SCHEMA agora CASCADE")
        with pytest.raises(source_databases.Away, match=r"agora\.outbox"):
            poll(database)

    def test_another_secret_key_asks_for_the_address_again(self, database, settings):
        settings.SECRET_KEY = "another"
        with pytest.raises(source_databases.Away, match="enter it again"):
            poll(database)
        assert "enter it again" in source_databases.shown_dsn(database)


class TestJob:
    def test_it_reads_every_workspace_and_leaves_a_run_for_each(self, team, database):
        team.put(2)
        poll_sources()
        run = Run.objects.get()
        assert (run.workspace, run.status, run.rows_in, run.rows_out) == (
            database.source.workspace,
            Run.Status.SUCCEEDED,
            2,
            2,
        )

    def test_it_leaves_no_run_while_nothing_waits_but_looks(self, team, database):
        poll_sources()
        assert not Run.objects.exists()
        assert again(database).answered_at is not None

    def test_a_disabled_database_or_source_is_left_alone(self, team, database):
        team.put()
        SourceDatabase.objects.update(enabled=False)
        poll_sources()
        SourceDatabase.objects.update(enabled=True)
        database.source.enabled = False
        database.source.save()
        poll_sources()
        assert team.waiting() == [("post_created",)]
        assert again(database).polled_at is None

    def test_one_that_is_away_does_not_stop_the_next(self, team, database):
        away = SourceDatabaseFactory(
            source__workspace=database.source.workspace, dsn=team.dsn.replace(team.name, "not_there")
        )
        team.put()
        rows = SourceDatabase.objects.order_by("-pk").select_related("source__workspace")
        said = []
        with pytest.raises(source_databases.Away, match=str(away)):
            source_databases.poll_all(rows, said.append)
        assert team.waiting() == []
        assert len(said) == 2

    def test_events_go_to_the_workspace_of_their_source_alone(self, team, database):
        other = SourceFactory()
        team.put()
        poll(database)
        assert Sender(other).stored("event_id") == []
        assert len(Sender(database.source).stored("event_id")) == 1

"""The nightly sweep: the same event under two times is taken out, once, and nothing else is."""

import json
import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from config.lib.locks import try_lock
from config.models import Run
from ingestion import partitions, sinks, sweep
from ingestion.models import Event, StoredDay
from ingestion.tasks import sweep_duplicates
from tests.factories.ingestion import SourceFactory

from .conftest import NOW, Sender, event

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def twice(sender, first, second, **more):
    """The same event, received at two times."""
    sender.send(event(**more), at=first)
    sender.send(event(**more), at=second)


def removed(sender, **options):
    return sweep.sweep(sender.workspace, **options).removed


def test_an_event_that_was_sent_again_without_a_time_stays_as_it_was_first_received(sender):
    twice(sender, NOW, NOW + MINUTE, messageId="a")
    assert len(sender.stored("event_id")) == 2

    assert removed(sender) == 1
    assert sender.stored("occurred_at") == [NOW]
    assert removed(sender) == 0


def test_the_first_copy_is_found_though_it_came_on_another_day(sender):
    twice(sender, NOW - DAY, NOW, messageId="a")
    assert removed(sender) == 1
    assert sender.stored("occurred_at") == [NOW - DAY]


def test_the_clients_own_time_is_believed_before_a_corrected_one_and_that_before_the_receipt(sender):
    of_client, wrong = (NOW - timedelta(hours=5)).isoformat(), (NOW - 3 * DAY).isoformat()
    sender.send(event(messageId="a"), at=NOW)
    sender.send(event(messageId="a", originalTimestamp=wrong, sentAt=wrong), at=NOW - MINUTE * 3)
    assert removed(sender) == 1
    (kept,) = sender.stored("skew_seconds")
    assert kept == (3 * DAY - MINUTE * 3).total_seconds()

    sender.send(event(messageId="a", timestamp=of_client), at=NOW + MINUTE)
    assert removed(sender) == 1
    assert sender.stored("occurred_at") == [NOW - timedelta(hours=5)]


def test_a_clock_that_is_off_and_was_corrected_differently_leaves_one_event(sender):
    sent = NOW - timedelta(days=365)
    for seconds in (0, 31, 95):
        received = NOW + timedelta(seconds=seconds)
        sender.send(event(messageId="a", originalTimestamp=sent.isoformat(), sentAt=sent.isoformat()), at=received)
    assert len(sender.stored("event_id")) == 3
    assert removed(sender) == 2
    assert sender.stored("received_at") == [NOW]


def test_message_ids_are_of_one_person_and_of_one_kind_of_event(sender):
    sender.send(event(messageId="1"), event(user="bob", messageId="1"), at=NOW)
    sender.send(event("comment_created", messageId="1"), at=NOW + MINUTE)
    assert removed(sender) == 0
    assert len(sender.stored("event_id")) == 3


def test_the_same_content_without_id_and_time_may_have_happened_again(sender):
    twice(sender, NOW, NOW + MINUTE)
    assert removed(sender) == 0
    assert {found.version for found in sender.stored("event_id")} == {8}


def test_another_workspace_is_neither_seen_nor_changed(sender):
    other = Sender(SourceFactory())
    for one in (sender, other):
        twice(one, NOW, NOW + MINUTE, messageId="a")

    assert removed(sender) == 1
    assert len(other.stored("event_id")) == 2
    assert removed(other) == 1


def test_only_days_touched_of_late_are_looked_at(sender):
    twice(sender, NOW, NOW + MINUTE, messageId="a")
    StoredDay.objects.update(stored_on=timezone.now().date() - timedelta(days=sweep.REACH_DAYS + 1))

    assert sweep.sweep(sender.workspace) == sweep.Swept([], 0)
    assert len(sender.stored("event_id")) == 2
    # Its note is done with.
    assert not sweep.is_needed(sender.workspace)


def test_a_day_is_noted_once_by_a_process_and_again_on_the_next_day(committing, monkeypatch):
    for number in range(3):
        committing.send(event(messageId=str(number)))
    assert list(StoredDay.objects.values_list("day", "stored_on")) == [(NOW.date(), timezone.now().date())]

    tomorrow = timezone.now() + DAY
    monkeypatch.setattr(timezone, "now", lambda: tomorrow)
    committing.send(event(messageId="tomorrow"))
    assert StoredDay.objects.count() == 2


def test_a_batch_that_is_rolled_back_leaves_its_day_to_the_next(committing, monkeypatch):
    def refuse():
        raise RuntimeError("no")

    with monkeypatch.context() as patch:
        patch.setattr(sinks, "IN_TRANSACTION", [sweep.note_days, lambda _: refuse])
        with pytest.raises(RuntimeError):
            committing.send(event())
    assert not StoredDay.objects.exists()
    committing.send(event())
    assert sweep.days_of(committing.workspace) == [NOW.date()]


def test_days_far_apart_are_read_in_parts_and_no_partition_between_them_is_locked(sender):
    for years in (0, 1, 3):
        moment = NOW - timedelta(days=365 * years)
        partitions.ensure([moment.date()])
        twice(sender, moment, moment + MINUTE, messageId=str(years))
    days = sweep.days_of(sender.workspace)
    assert [len(part) for part in sweep._parts(days)] == [1, 1, 1]
    assert removed(sender) == 3


def test_more_than_go_at_once_go_in_slices(sender, monkeypatch):
    monkeypatch.setattr(sweep, "REMOVED_AT_ONCE", 2)
    batch = [event(messageId=str(number)) for number in range(5)]
    sender.send(*batch, at=NOW)
    sender.send(*batch, at=NOW + MINUTE)
    assert removed(sender, dry_run=True) == 5
    assert removed(sender) == 5
    assert set(sender.stored("occurred_at")) == {NOW}


def test_two_sweeps_at_once_remove_what_one_would(committing):
    batch = [event(messageId=str(number), user=str(number)) for number in range(300)]
    for minutes in range(3):
        committing.send(*batch, at=NOW + minutes * MINUTE)
    found, failures = [], []

    def run():
        try:
            found.append(sweep.sweep(committing.workspace).removed)
        except Exception as error:  # noqa: BLE001 shown below
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sum(found) == 600
    assert committing.stored("occurred_at") == [NOW] * 300


def test_the_job_tells_the_run_history_and_runs_only_where_events_came(committing):
    SourceFactory()
    twice(committing, NOW, NOW + MINUTE, messageId="a")
    sweep_duplicates()
    run = Run.objects.get()
    assert (run.workspace, run.status, run.rows_in, run.rows_out) == (committing.workspace, "succeeded", 1, 1)
    assert run.window_start <= NOW < run.window_end
    assert "1 events stood there twice" in run.log


class TestCommand:
    def test_a_dry_run_counts_and_changes_nothing(self, sender):
        twice(sender, NOW, NOW + MINUTE, messageId="a")
        slug = sender.workspace.slug
        assert command("--dry-run") == [{"workspace": slug, "days": 1, "removed": 1, "dry_run": True}]
        assert Event.objects.count() == 2
        assert not Run.objects.exists()

    def test_it_sweeps_one_workspace_or_all(self, sender):
        other = Sender(SourceFactory())
        for one in (sender, other):
            twice(one, NOW, NOW + MINUTE, messageId="a")
        slugs = {sender.workspace.slug, other.workspace.slug}
        assert [one["removed"] for one in command("--workspace", other.workspace.slug)] == [1]
        assert {one["workspace"]: one["removed"] for one in command()} == dict.fromkeys(slugs, 0) | {
            sender.workspace.slug: 1
        }
        out = StringIO()
        call_command("sweep_duplicates", stdout=out)
        assert f"{other.workspace.slug}: 0 events were taken out, of 1 days looked at" in out.getvalue()

    def test_it_does_not_start_beside_another(self, committing):
        committing.send(event())
        held, done = threading.Event(), threading.Event()

        def hold():
            with try_lock(f"run:ingestion.sweep_duplicates:{committing.workspace.pk}"):
                held.set()
                done.wait(30)
            connection.close()

        other = threading.Thread(target=hold)
        other.start()
        held.wait(30)
        try:
            with pytest.raises(CommandError, match="already running"):
                command()
        finally:
            done.set()
            other.join()


def command(*words):
    out = StringIO()
    call_command("sweep_duplicates", *words, "--json", stdout=out)
    return json.loads(out.getvalue())

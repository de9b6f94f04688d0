"""A worker that is killed in the middle of a fill or of a replay leaves nothing wrong behind."""

import os
import signal
from datetime import timedelta

import pytest
from django.db import connection, transaction

from analytics.models import OpenBucket, PlatformDaily, UserActivityDaily
from config.celery import app
from config.lib.locks import lock_in_transaction
from config.models import Run
from ingestion import replays
from ingestion.models import Source
from ingestion.quarantine import Selection
from tests.analytics.community import Community, at
from tests.factories.ingestion import SourceFactory
from tests.ingestion.conftest import NOW, Sender, event
from tests.servers import environment, wait_for, worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
DAYS = range(0, 100, 7)


def test_totals_are_right_after_the_next_run():
    community = peopled("killed")
    env = environment(connection)

    # Whoever holds this lock keeps the worker inside the transaction that fills the platform's days.
    with worker(env) as first, transaction.atomic():
        lock_in_transaction(f"rollup:platform_daily:{community.workspace.pk}")
        app.send_task("analytics.fill", kwargs={"workspace": "killed"})
        wait_for(somebody_waits_for_a_lock, "the worker at the lock")
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()

    assert UserActivityDaily.objects.count() == 2 * len(DAYS)
    assert totals(community) == []
    assert OpenBucket.objects.filter(rollup="platform_daily").exists()

    with worker(env):
        app.send_task("analytics.fill", kwargs={"workspace": "killed"})
        wait_for(lambda: Run.objects.filter(status=Run.Status.SUCCEEDED).exists(), "the second run")

    whole = peopled("whole")
    whole.fill()
    assert totals(community) == totals(whole)
    assert len(totals(whole)) > 100
    runs = Run.objects.exclude(status=Run.Status.SKIPPED).order_by("pk")
    assert [run.status for run in runs] == [Run.Status.LOST, Run.Status.SUCCEEDED]


def test_a_replay_goes_on_where_it_stopped_and_stores_each_event_once():
    sender = Sender(SourceFactory(enabled=False))
    for number in range(30):
        sender.send(event(messageId=f"m{number}"), at=NOW - timedelta(minutes=30 - number))
        if number == 14:
            sender.send(
                {"type": "identify", "anonymousId": "v", "userId": "ada", "messageId": "i"}, event(messageId="x")
            )
    Source.objects.update(enabled=True)
    asked = replays.ask(sender.workspace, Selection())
    env = environment(connection)

    # Whoever holds this lock keeps the worker inside the transaction that stores the identify.
    with worker(env) as first, transaction.atomic():
        lock_in_transaction(f"ingestion.links.{sender.workspace.pk}")
        app.send_task("ingestion.replay_quarantine", kwargs={"workspace": sender.workspace.slug})
        wait_for(somebody_waits_for_a_lock, "the worker at the lock")
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()

    before = len(sender.stored("event_id"))
    assert 0 < before < 32
    assert sender.quarantined("status").count("stored") == before
    asked.refresh_from_db()
    assert (asked.finished_at, asked.stored) == (None, before)

    # As the schedule does: for all workspaces.
    with worker(env):
        app.send_task("ingestion.replay_quarantine")
        wait_for(lambda: not replays.unfinished(sender.workspace).exists(), "the second run")

    ids = sender.stored("event_id")
    assert len(ids) == len(set(ids)) == 32
    assert set(sender.quarantined("status")) == {"stored"}
    asked.refresh_from_db()
    assert (asked.looked_at, asked.stored, asked.duplicates) == (32, 32, 0)
    runs = Run.objects.exclude(status=Run.Status.SKIPPED).order_by("pk")
    assert [run.status for run in runs] == [Run.Status.LOST, Run.Status.SUCCEEDED]


def peopled(slug):
    community = Community(slug)
    for day in DAYS:
        for who in ("ada", "bob"):
            community.happens("post_created", who, at(day))
    return community


def totals(community):
    days = PlatformDaily.objects.filter(workspace=community.workspace).order_by("date")
    return list(days.values_list("date", "dau", "wau", "mau", "new_signups", "sessions", "posts_created"))


def somebody_waits_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return cursor.fetchone()[0] > 0

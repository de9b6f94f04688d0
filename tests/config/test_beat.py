"""Beat after a downtime: what should have run meanwhile is sent once, by the real scheduler through the real broker."""

import json
from collections import Counter
from datetime import datetime, timedelta

import pytest
from celery import current_app
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from config import schedules
from config.lib.redis import client as redis_client
from config.lib.schedules import SCHEDULES, Schedule

# Beat closes the connection as it likes.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sent():
    """Takes the tasks off the broker: [(schedule's name or task, expires)]."""

    def take():
        found = []
        while message := redis_client().rpop("celery"):
            headers = json.loads(message)["headers"]
            found.append((headers["task"], headers["expires"]))
        return found

    take()
    yield take
    take()


def last_ran(**ago_by_name):
    """All schedules, of which those named were last sent so long ago and the others just now."""
    schedules.sync()
    now = timezone.now()
    for row in PeriodicTask.objects.all():
        ago = ago_by_name.get(row.name.replace(" ", "_"), timedelta(0))
        PeriodicTask.objects.filter(pk=row.pk).update(last_run_at=now - ago)


def beat():
    """Beat from its start until there is nothing to send any more."""
    scheduler = DatabaseScheduler(app=current_app)
    for _ in range(100):
        if scheduler.tick() > 0:
            break
    scheduler.sync()


def test_three_hours_without_beat_are_caught_up_by_one_fill(sent):
    last_ran(fill_rollups_hourly=timedelta(hours=3), recount_a_sample=timedelta(days=2))
    beat()
    counted = Counter(task for task, _ in sent())

    assert (counted["analytics.fill"], counted["analytics.recount"]) == (1, 1)
    beat()
    assert {task for task, _ in sent()} & {"analytics.fill", "analytics.recount"} == set()


def test_what_missed_nothing_is_not_sent(sent):
    last_ran()
    beat()
    assert {task for task, _ in sent()} & {
        "analytics.recount",
        "config.prune_runs",
        "ingestion.make_partitions",
    } == set()


def test_what_no_worker_took_before_the_next_turn_expires(sent):
    last_ran(fill_rollups_hourly=timedelta(hours=3))
    beat()
    ((expires,),) = [[expires for task, expires in sent() if task == "analytics.fill"]]

    left = datetime.fromisoformat(expires) - timezone.now()
    assert timedelta(minutes=59) < left <= timedelta(hours=1)


@pytest.mark.parametrize(
    ("crontab", "seconds"),
    [
        ("* * * * *", 60),
        ("*/15 * * * *", 900),
        ("5 * * * *", 3_600),
        ("15 */6 * * *", 21_600),
        ("0 2 * * *", 86_400),
        ("0 3 * * 1", 604_800),
        ("0 4 1 * *", 2_419_200),
    ],
)
def test_a_turn_lasts_until_the_next(crontab, seconds):
    assert Schedule("x", task="x", description="X.", crontab=crontab).period_seconds == seconds
    assert Schedule("x", task="x", description="X.", every_seconds=30).period_seconds == 30


def test_the_slots_of_the_rollups_are_declared():
    fills = {one.crontab for one in SCHEDULES if one.task == "analytics.fill"}
    assert fills == {"5 * * * *", "0 2 * * *", "0 3 * * 1", "0 4 1 * *"}

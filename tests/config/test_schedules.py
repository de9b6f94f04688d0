"""Schedules: declared beside their code, added once, edits left alone."""

from celery import current_app
from django_celery_beat.models import PeriodicTask

from config import schedules
from config.lib.schedules import SCHEDULES


def test_declared_schedules_are_added_once(db):
    assert set(schedules.sync().added) == {schedule.key for schedule in SCHEDULES}
    again = schedules.sync()

    assert (again.added, again.edited, again.undeclared) == ([], [], [])
    assert PeriodicTask.objects.filter(name__in=[schedule.key for schedule in SCHEDULES]).count() == len(SCHEDULES)


def test_an_operators_edit_is_listed_and_left_alone(db):
    schedules.sync()
    row = PeriodicTask.objects.get(name="fill rollups hourly")
    row.enabled = False
    row.save()

    assert schedules.sync().edited == ["fill rollups hourly"]
    row.refresh_from_db()
    assert row.enabled is False


def test_a_schedule_of_the_operators_own_is_listed_and_kept(db):
    schedules.sync()
    interval = PeriodicTask.objects.get(name="heartbeat").interval
    PeriodicTask.objects.create(name="my own", task="config.heartbeat", interval=interval)

    assert schedules.sync().undeclared == ["my own"]
    assert PeriodicTask.objects.filter(name="my own").exists()


def test_a_dry_run_adds_nothing(db):
    assert schedules.sync(add=False).added
    assert not PeriodicTask.objects.filter(name__in=[schedule.key for schedule in SCHEDULES]).exists()


def test_every_schedule_names_a_task_that_exists():
    current_app.loader.import_default_modules()
    assert {schedule.task for schedule in SCHEDULES} <= set(current_app.tasks)
    assert all(schedule.description for schedule in SCHEDULES)
    assert all(bool(schedule.crontab) != bool(schedule.every_seconds) for schedule in SCHEDULES)

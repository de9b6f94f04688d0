"""The days under way are filled again as often as it is cheap, the hours always."""

from datetime import timedelta

import pytest
from django.utils import timezone

from analytics import tasks
from analytics.models import RollupState
from analytics.rollups import pace
from config.models import Run
from tests.factories.config import RunFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db


def ran(workspace, *, ended_ago, took, status=Run.Status.SUCCEEDED):
    run = RunFactory(name=pace.FILL, workspace=workspace, status=status)
    ended = timezone.now() - ended_ago
    Run.objects.filter(pk=run.pk).update(started_at=ended - took, finished_at=ended)


@pytest.mark.parametrize(
    ("took", "due"),
    [
        (timedelta(seconds=20), True),
        (timedelta(minutes=5), True),
        (timedelta(minutes=6), False),
        (timedelta(hours=1), False),
    ],
)
def test_a_fill_rests_ten_times_as_long_as_it_took(took, due):
    workspace = WorkspaceFactory()
    ran(workspace, ended_ago=timedelta(minutes=55), took=took)
    assert pace.is_due(workspace) is due
    assert pace.is_resting(workspace) is not due


def test_the_first_fill_is_due_and_one_that_failed_is_due_again():
    workspace = WorkspaceFactory()
    ran(workspace, ended_ago=timedelta(minutes=1), took=timedelta(hours=1), status=Run.Status.FAILED)
    ran(WorkspaceFactory(), ended_ago=timedelta(minutes=1), took=timedelta(hours=1))
    assert pace.is_due(workspace)


def test_hours_are_filled_while_the_days_rest():
    resting, due = WorkspaceFactory(), WorkspaceFactory()
    ran(resting, ended_ago=timedelta(minutes=1), took=timedelta(minutes=10))
    tasks.fill_hours()
    tasks.fill()
    assert filled(resting) == set(pace.hourly())
    assert filled(due) > filled(resting)


def filled(workspace):
    return set(RollupState.objects.filter(workspace=workspace).values_list("rollup", flat=True))

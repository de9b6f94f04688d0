"""Levels by points: who reached which when, batch after batch, and after the levels have changed."""

import uuid

import pytest

from analytics import definition_changes
from analytics.definition_changes import Change
from economy import ledger, levels, tasks
from economy.models import Account, LevelReached
from tests.analytics.community import at
from tests.factories.config import WorkspaceFactory
from tests.factories.economy import entry, grant

pytestmark = pytest.mark.django_db
MINT, SINK = Account.Kind.MINT, Account.Kind.SINK
ADA, BOB = uuid.UUID(int=1), uuid.UUID(int=2)


@pytest.fixture
def workspace():
    return WorkspaceFactory(created_at=at(0))


def reached(workspace, person):
    rows = LevelReached.objects.filter(workspace=workspace, account__person_id=person)
    return [(row.name, row.number, row.reached_at) for row in rows.order_by("min_points")]


def test_a_level_is_reached_once_by_the_transfer_that_brings_enough(workspace):
    ledger.post_many(
        workspace,
        [
            entry(MINT, ADA, 90, occurred_at=at(0)),
            entry(MINT, ADA, 20, occurred_at=at(1)),
            entry(ADA, SINK, 50, occurred_at=at(2)),
        ],
    )
    assert levels.anything_new(workspace)
    assert levels.note(workspace) == 2
    assert not levels.anything_new(workspace)
    assert levels.note(workspace) == 0
    ledger.post_many(workspace, [entry(MINT, ADA, 60, occurred_at=at(3)), entry(MINT, ADA, 3_000, occurred_at=at(4))])
    grant(workspace, 10, BOB, occurred_at=at(5))
    grant(WorkspaceFactory(), 5_000, BOB)
    tasks.note_levels(workspace.slug)
    assert reached(workspace, ADA) == [
        ("new_user", 1, at(0)),
        ("active_user", 2, at(1)),
        ("trusted_user", 5, at(4)),
        ("moderator", 5, at(4)),
    ]
    assert reached(workspace, BOB) == [("new_user", 6, at(5))]
    assert LevelReached.objects.exclude(workspace=workspace).count() == 0


def test_other_levels_are_told_from_the_first_transfer_on(workspace):
    grant(workspace, 100, ADA, occurred_at=at(0))
    ledger.post(workspace, entry(ADA, SINK, 95, occurred_at=at(1)))
    levels.note(workspace)
    value = {"levels": [{"name": "guest", "min_points": 0}, {"name": "regular", "min_points": 50}]}
    definition_changes.apply(workspace, Change("levels", value, at(0).date()))
    assert levels.anything_new(workspace)
    levels.note(workspace)
    assert reached(workspace, ADA) == [("guest", 1, at(0)), ("regular", 1, at(0))]


def test_nothing_is_noted_where_nothing_moved(workspace):
    assert not levels.anything_new(workspace)
    assert levels.note(workspace) == 0

"""Definitions as rows that hold from a day on."""

import json
from datetime import date

import pytest

from analytics import definitions
from analytics.definitions import ALWAYS, DEFINITIONS, FOR_EVER, Definition, Held
from analytics.models import DefinitionVersion
from tests.factories.config import WorkspaceFactory

pytestmark = pytest.mark.django_db
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


@pytest.fixture
def key(monkeypatch):
    monkeypatch.setattr(DEFINITIONS, "_entries", {})
    DEFINITIONS.register(Definition("cake", "Cake", "How much of it.", {"flour": 2, "sugar": 1}))
    return "cake"


def set_to(workspace, day, **value):
    return DefinitionVersion.objects.create(workspace=workspace, key="cake", value=value, valid_from=day)


def test_without_a_row_the_default_holds_always(key):
    assert definitions.held(WorkspaceFactory(), key) == [Held(ALWAYS, FOR_EVER, {"flour": 2, "sugar": 1})]


def test_each_row_holds_from_its_day_to_the_next_and_has_the_default_of_what_it_leaves_out(key):
    workspace = WorkspaceFactory()
    set_to(workspace, APRIL, flour=4)
    set_to(workspace, MARCH, flour=3, sugar=0)
    assert definitions.held(workspace, key) == [
        Held(ALWAYS, MARCH, {"flour": 2, "sugar": 1}),
        Held(MARCH, APRIL, {"flour": 3, "sugar": 0}),
        Held(APRIL, FOR_EVER, {"flour": 4, "sugar": 1}),
    ]
    assert definitions.current(workspace, key, date(2026, 3, 31)) == {"flour": 3, "sugar": 0}
    assert definitions.current(workspace, key, APRIL) == {"flour": 4, "sugar": 1}


def test_only_what_holds_on_a_day_of_the_range_is_told(key):
    workspace = WorkspaceFactory()
    set_to(workspace, MARCH, flour=3)
    told = json.loads(definitions.as_parameter(workspace, key, MARCH, APRIL))
    assert told == [{"since": "2026-03-01", "until": "9999-12-31", "flour": 3, "sugar": 1}]
    assert len(definitions.held(workspace, key, date(2026, 2, 28), APRIL)) == 2


def test_what_one_workspace_sets_says_nothing_in_another(key):
    set_to(WorkspaceFactory(), MARCH, flour=9)
    assert len(definitions.held(WorkspaceFactory(), key)) == 1

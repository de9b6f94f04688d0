"""Definitions as rows that hold from a day on."""

import json
from datetime import date

import pytest
from django.core.exceptions import ValidationError

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


@pytest.fixture
def pie(monkeypatch):
    """A definition with a field of every kind."""
    return Definition(
        "pie",
        "Pie",
        "What goes in.",
        {"apples": 0.6, "pears": 0.4, "minutes": 40, "hot": True, "name": "pie", "spices": ["clove"], "steps": STEPS},
        limits={"minutes": (1, 90)},
        sums={("apples", "pears"): 1},
    )


STEPS = [{"name": "peel", "points": 0}]


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


def test_a_retired_version_holds_nowhere(key):
    workspace = WorkspaceFactory()
    row = set_to(workspace, MARCH, flour=3)
    row.retired_at = row.created_at
    row.save()
    assert len(definitions.held(workspace, key)) == 1
    set_to(workspace, MARCH, flour=4)
    assert definitions.current(workspace, key, MARCH)["flour"] == 4


def test_a_clean_value_has_every_field_in_the_type_of_its_default(pie):
    given = {"apples": 1, "pears": 0, "minutes": 2.0, "spices": ["a", "b"], "steps": [{"name": "bake", "points": 5}]}
    cleaned = definitions.clean(pie, given)
    assert cleaned == pie.default | given
    assert type(cleaned["minutes"]) is int


@pytest.mark.parametrize(
    ("value", "field", "said"),
    [
        ({"apples": 0.5}, "pears", "must add up to 1 and are 0.9"),
        ({"apples": -1}, "apples", "at least 0"),
        ({"apples": float("nan")}, "apples", "a number"),
        ({"apples": True}, "apples", "a number"),
        ({"minutes": 91}, "minutes", "1 to 90"),
        ({"minutes": 1.5}, "minutes", "whole number"),
        ({"hot": 1}, "hot", "true or false"),
        ({"name": 5}, "name", "a text"),
        ({"name": "x" * 501}, "name", "at most 500"),
        ({"name": "a\x00b"}, "name", "a text"),
        ({"spices": "clove"}, "spices", "a list"),
        ({"spices": [1]}, "spices", "a text"),
        ({"spices": [""] * 1001}, "spices", "at most 1,000"),
        ({"steps": ["peel"]}, "steps", "the fields name, points"),
        ({"steps": [{"name": "peel"}]}, "steps", "the fields name, points"),
        ({"steps": [{"name": "peel", "points": "many"}]}, "steps", "a number"),
        ({"cream": 1}, "cream", "no such field"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(pie, value, field, said):
    with pytest.raises(ValidationError) as caught:
        definitions.clean(pie, value)
    assert list(caught.value.message_dict) == [field]
    assert said in caught.value.message_dict[field][0]


def test_every_declared_default_is_itself_a_value_that_may_be_set():
    assert all(definitions.clean(one, one.default) == one.default for one in DEFINITIONS)

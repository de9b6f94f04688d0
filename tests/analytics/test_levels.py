"""Levels by points, with the table that holds on a day."""

import json
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from analytics import definition_changes, levels
from analytics.definition_changes import Change
from tests.analytics.community import at


@pytest.mark.parametrize(
    ("points", "name"),
    [
        (-5, "new_user"),
        (0, "new_user"),
        (99, "new_user"),
        (100, "active_user"),
        (500, "trusted_user"),
        (1_999, "trusted_user"),
        (2_000, "moderator"),
        (10_000, "senior_moderator"),
        (50_000, "admin"),
        (10**12, "admin"),
    ],
)
def test_a_level_is_the_highest_that_the_points_are_enough_for(community, points, name):
    assert levels.level_of(points, levels.table(community.workspace, at(0).date())).name == name


def set_to(community, rows, day=0):
    change = Change("levels", {"levels": [{"name": n, "min_points": p} for n, p in rows]}, at(day).date())
    return definition_changes.apply(community.workspace, change)


def test_another_table_holds_from_its_day_on_in_whatever_order_it_is_written(community):
    set_to(community, [("gold", 10), ("wood", 0)], day=5)
    before, after = (levels.table(community.workspace, at(day).date()) for day in (4, 5))
    assert (levels.level_of(100, before).name, levels.level_of(100, after).name) == ("active_user", "gold")
    assert levels.level_of(9, after).name == "wood"


@pytest.mark.parametrize(
    "rows", [[], [("wood", 1)], [("wood", 0), ("wood", 5)], [("wood", 0), ("gold", 0)], [(" ", 0)]]
)
def test_a_table_that_leaves_somebody_without_a_level_or_in_two_is_refused(community, rows):
    with pytest.raises(ValidationError):
        set_to(community, rows)


def test_the_command_tells_the_table_and_the_level_of_some_points(community):
    def ask(*more):
        out = StringIO()
        call_command("metric", "levels", "--workspace", "commons", *more, stdout=out)
        return out.getvalue()

    assert json.loads(ask("--json"))["levels"][1] == {"name": "active_user", "min_points": 100}
    assert json.loads(ask("--points", "700", "--json"))["level"] == "trusted_user"
    assert ask("--points", "700") == "trusted_user\n"
    assert "moderator" in ask()
    with pytest.raises(CommandError, match="never below 0"):
        ask("--points", "-5")

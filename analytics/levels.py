"""Levels: names for how many points a person has (metrics.md 1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError

from analytics import definitions
from analytics.definitions import DEFINITIONS, Definition
from config.models import Workspace


@dataclass(frozen=True, slots=True)
class Level:
    name: str
    min_points: int


def table(workspace: Workspace, day: date) -> list[Level]:
    """The levels that hold on the day, from the lowest."""
    rows = definitions.current(workspace, "levels", day)["levels"]
    return sorted((Level(row["name"], row["min_points"]) for row in rows), key=lambda level: level.min_points)


def level_of(points: int, levels: list[Level]) -> Level:
    """The highest level that so many points are enough for; levels come from the lowest, as table() gives them.

    Fewer points than any level asks for, such as a debt, are of the lowest.
    """
    return next((level for level in reversed(levels) if points >= level.min_points), levels[0])


def check(value: dict[str, Any]) -> None:
    """Raises ValidationError for levels that leave somebody without one, or in two."""
    levels = value["levels"]
    names, points = [row["name"].strip() for row in levels], [row["min_points"] for row in levels]
    if not all(names) or len(set(names)) < len(names) or len(set(points)) < len(points):
        raise ValidationError({"levels": "Every level has a name and points of its own."})
    if 0 not in points:
        raise ValidationError({"levels": "One level begins at 0 points, or nobody new has any."})


DEFINITIONS.register(
    Definition(
        "levels",
        "Levels",
        "What people are called by their points: each level from its min_points up to the next.",
        {
            "levels": [
                {"name": "new_user", "min_points": 0},
                {"name": "active_user", "min_points": 100},
                {"name": "trusted_user", "min_points": 500},
                {"name": "moderator", "min_points": 2_000},
                {"name": "senior_moderator", "min_points": 10_000},
                {"name": "admin", "min_points": 50_000},
            ]
        },
        check=check,
    )
)

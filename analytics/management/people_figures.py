"""`manage.py metric profile_completion`, `people_by_sources` and `user_types`: what they answer."""

from __future__ import annotations

from datetime import date
from typing import Any

from analytics import unified_users
from analytics.metrics import Grain
from config.models import Workspace

KEYS = {"profile_completion", "people_by_sources", "user_types"}


def answer(workspace: Workspace, yesterday: date, options: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The facts, and lines that say them."""
    facts: dict[str, Any] = {"metric": options["key"], "workspace": workspace.slug}
    if options["key"] == "profile_completion":
        return _completion(workspace, facts)
    if options["key"] == "people_by_sources":
        return _sources(workspace, facts)
    return _types(workspace, yesterday, options, facts)


def _completion(workspace: Workspace, facts: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    found = unified_users.completion(workspace)
    facts |= {
        "value": found.mean_points,
        "numerator": found.points,
        "denominator": found.people,
        "data_points": found.people,
        "completed": found.completed,
        "completed_rate": found.completed_rate,
    }
    lines = [f"{found.people:,} people, {found.completed:,} with a completed profile"]
    if found.mean_points is not None:
        lines.append(f"{found.mean_points:.1f} points on average, {found.completed_rate:.1f}% completed")
    return facts, lines


def _sources(workspace: Workspace, facts: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    found = unified_users.by_sources(workspace)
    several = sum(people for sources, people in found.items() if sources > 1)
    total = sum(found.values())
    facts |= {
        "value": several,
        "data_points": total,
        "people": total,
        "by_sources": [{"sources": sources, "people": people} for sources, people in found.items()],
    }
    lines = [f"{several:,} of {total:,} people are known from several sources"]
    return facts, [*lines, *(f"{sources:>6} sources  {people:>10,} people" for sources, people in found.items())]


def _types(
    workspace: Workspace, yesterday: date, options: dict[str, Any], facts: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    grain: Grain = options["grain"] or "month"
    last = options["at"] or options["last"] or yesterday
    first = options["at"] or options["first"] or last
    found = unified_users.by_type(workspace, first, max(first, last), grain)
    facts |= {"grain": grain, "points": [{"date": start, "people": types} for start, types in found.items()]}
    return facts, [
        f"{start}  {people:>10,}  {name}" for start, types in found.items() for name, people in types.items()
    ]

"""`manage.py metric levels`: the table, and whose level so many points are."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from analytics import levels
from config.lib.buckets import day_of
from config.models import Workspace


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("--points", type=int, help="Of levels: tell the one that so many points are.")


def answer(workspace: Workspace, options: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The facts, and lines that say them; of the levels that hold on the day asked for, or today."""
    day = options["at"] or day_of(timezone.now(), workspace.zone)
    found = levels.table(workspace, day)
    facts: dict[str, Any] = {"metric": "levels", "workspace": workspace.slug, "date": day}
    if options["points"] is not None:
        if options["points"] < 0:
            raise CommandError("Points are never below 0")
        level = levels.level_of(options["points"], found)
        return facts | {"points": options["points"], "level": level.name}, [level.name]
    return (
        facts | {"levels": [asdict(level) for level in found]},
        [f"{level.name:24} {level.min_points:>10,}" for level in found],
    )

"""`manage.py metric cohorts` and `metric cohort_matrix`: what they take and what they answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from django.core.management.base import CommandError, CommandParser

from analytics import cohorts
from analytics.analyses import matrix_facts
from analytics.cohorts import Cell, Cohort
from config.lib.buckets import DAY
from config.models import Workspace

NOT_YET = "not yet"
# The days that people read; scripts get all of them.
SHOWN = (0, 1, 7, 30, 90)


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument(
        "--cohort-grain",
        choices=["day", "week", "month"],
        help="Of cohort_matrix, whose --grain is week or day: what a line is of; the --grain when left out.",
    )


def answer(workspace: Workspace, options: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The facts of cohorts or cohort_matrix, and lines that say them. Raises CommandError for a grain of the other."""
    key, grain = options["key"], options["grain"]
    by: Literal["day", "week"] = "day"
    lines_of: cohorts.CohortGrain
    if key == "cohorts":
        if grain == "day":
            raise CommandError("Cohorts are of weeks or months")
        lines_of = grain or "month"
    else:
        if grain == "month":
            raise CommandError("The matrix is of weeks or days after the sign-up")
        by = grain or "week"
        lines_of = options["cohort_grain"] or by
    found = cohorts.retention(
        workspace,
        lines_of,
        options["first"],
        options["last"],
        by=by,
        at=options["at"],
        with_bots=options["with_bots"],
    )
    if key == "cohorts":
        asked = options["first"], options["last"]
        cohorts.count_more(workspace, found, lines_of, *asked, at=options["at"], with_bots=options["with_bots"])
    known = cohorts.not_over(workspace) - DAY
    facts = {
        "metric": key,
        "workspace": workspace.slug,
        "grain": lines_of if key == "cohorts" else by,
        "cohort_grain": lines_of,
        "with_bots": options["with_bots"],
        "as_of": min(known, options["at"] or known),
        "points": cohorts_facts(found) if key == "cohorts" else matrix_facts(found, by),
    }
    return facts, list(cohorts_lines(found) if key == "cohorts" else matrix_lines(found, by))


def cohorts_facts(found: list[Cohort]) -> list[dict[str, Any]]:
    return [
        {
            "cohort": cohort.start,
            "size": cohort.size,
            "active_people": cohort.active_people,
            "posts_created": cohort.posts_created,
            "comments_created": cohort.comments_created,
            "avg_posts_per_user": cohort.avg_posts_per_user,
            "avg_comments_per_user": cohort.avg_comments_per_user,
            **cohort.more,
            **{f"avg_{name}": cohort.average(name) for name in cohort.more},
            "days": [
                {
                    "day": cell.number,
                    "eligible": cell.eligible,
                    "retained": cell.retained,
                    "retention": cell.retention,
                    "rolling_retained": cell.still_active,
                    "rolling_retention": cell.rolling_retention,
                }
                for cell in cohort.cells
            ],
        }
        for cohort in found
    ]


def cohorts_lines(found: list[Cohort]) -> Iterator[str]:
    """A line a cohort and, below it, one a day after the sign-up that some of the people have behind them."""
    for cohort in found:
        posts, comments = _number(cohort.avg_posts_per_user), _number(cohort.avg_comments_per_user)
        more = "".join(f", {name.replace('_', ' ')} each {_number(cohort.average(name))}" for name in cohort.more)
        yield (
            f"{cohort.start}  size {cohort.size:,}, active {cohort.active_people:,}, "
            f"posts each {posts}, comments each {comments}{more}"
        )
        for cell in cohort.cells:
            if cell.number in SHOWN:
                classic = _share(cell.retained, cell.retention)
                rolling = _share(cell.still_active, cell.rolling_retention)
                yield (
                    f"  day {cell.number:<3} eligible {cell.eligible:>8,}   on the day {classic}   or later {rolling}"
                )


def matrix_lines(found: list[Cohort], by: str) -> Iterator[str]:
    """A line a cohort: percent retained in each cell, as far as any of its people have come."""
    last = max((cell.number for cohort in found for cell in cohort.cells if cell.eligible), default=0)
    yield f"{by + 's':10}  {'size':>8} " + "".join(f"{number:>7}" for number in range(last + 1))
    for cohort in found:
        yield f"{cohort.start}  {cohort.size:>8,} " + "".join(map(_percent, cohort.cells[: last + 1])).rstrip()


def _percent(cell: Cell) -> str:
    return " " * 7 if cell.retention is None else f"{100 * cell.retention:>7.1f}"


def _share(count: int | None, share: float | None) -> str:
    return f"{NOT_YET:>18}" if count is None or share is None else f"{count:>8,} {100 * share:>7.2f} %"


def _number(value: float | None) -> str:
    return NOT_YET if value is None else f"{value:.2f}"

"""Cohorts: people by when they signed up, and how many came back (metrics.md, 4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import MAXYEAR, date
from typing import Any, Literal, Protocol

from django.db import connection

from analytics.metrics import DayStates
from analytics.models import CohortRetention
from config.lib import buckets
from config.lib.sql import statement
from config.models import Workspace

CohortGrain = Literal["day", "week", "month"]
FIRST, LAST = date.min, date(MAXYEAR - 1, 12, 31)
# Days 0 to 90 and weeks 0 to 52 after the sign-up.
DAYS, WEEKS = 91, 53
READ_COHORTS = statement("analytics", "read_cohorts")
READ_COHORT_CELLS = statement("analytics", "read_cohort_cells")
READ_COHORT_DAYS = statement("analytics", "read_cohort_days")


class CountOfDays(Protocol):
    """What a higher room counts of the people who signed up from `first` to `last`, by that day: all they did before
    the day `not_over`. Days that come to 0 may be missing.
    """

    def __call__(
        self, workspace: Workspace, first: date, last: date, not_over: date, *, with_bots: bool
    ) -> dict[date, int]: ...


# By the name of the count.
MORE_COUNTS: dict[str, CountOfDays] = {}


@dataclass(frozen=True, slots=True)
class Cell:
    """How many of a cohort were active in a day, or week of 7 days, counted from their own sign-up day as 0.

    eligible are the people for whom it is over; only they are in the other two. still_active came then or later.
    Where nobody is eligible the others are None: not yet. still_active is None, too, of weeks and of an earlier day
    than the last one with activity.
    """

    number: int
    eligible: int = 0
    retained: int | None = None
    still_active: int | None = None

    @property
    def retention(self) -> float | None:
        return _divided(self.retained, self.eligible)

    @property
    def rolling_retention(self) -> float | None:
        return _divided(self.still_active, self.eligible)


@dataclass(frozen=True, slots=True)
class Cohort:
    """People who signed up in the day, week (from Monday) or month that begins on start.

    size counts those never seen again too; active_people those with any active day. Posts and comments are all theirs.
    """

    start: date
    size: int
    active_people: int = 0
    posts_created: int = 0
    comments_created: int = 0
    cells: list[Cell] = field(default_factory=list)
    # Of MORE_COUNTS.
    more: dict[str, int] = field(default_factory=dict)

    def average(self, count: str) -> float | None:
        """Of MORE_COUNTS, per active person."""
        return _divided(self.more.get(count, 0), self.active_people)

    @property
    def avg_posts_per_user(self) -> float | None:
        return _divided(self.posts_created, self.active_people)

    @property
    def avg_comments_per_user(self) -> float | None:
        return _divided(self.comments_created, self.active_people)

    def cumulative_share(self, cell: Cell) -> float | None:
        """Of everybody in the cohort, those for whom it is not over too."""
        return _divided(cell.retained, self.size)


def _divided(numerator: int | None, denominator: int) -> float | None:
    return None if numerator is None or not denominator else numerator / denominator


def not_over(workspace: Workspace) -> date:
    """The first day that is not over, or not filled since it is: whoever needs it is not eligible yet."""
    states = DayStates(workspace, "cohort_retention")
    return min(states.today, states.filled_to)


def sizes(
    workspace: Workspace,
    grain: CohortGrain,
    first: date | None = None,
    last: date | None = None,
    *,
    with_bots: bool = False,
) -> list[Cohort]:
    """Cohorts that have anybody, by start; of people signed up from `first` to `last` where given. Without cells.

    with_bots counts bots and test accounts in.
    """
    return _cohorts(_parameters(workspace, grain, first, last, with_bots=with_bots))


def retention(
    workspace: Workspace,
    grain: CohortGrain,
    first: date | None = None,
    last: date | None = None,
    *,
    by: Literal["day", "week"] = "day",
    at: date | None = None,
    with_bots: bool = False,
) -> list[Cohort]:
    """Cohorts with their cells: days 0 to 90 or weeks 0 to 52 after the sign-up.

    at: as it was known when that day ended; people active later are then still active nowhere.
    """
    end = _not_over(workspace, at)
    if at is not None:
        last = min(last or at, at)
    parameters = _parameters(workspace, grain, first, last, with_bots=with_bots) | {"not_over": end}
    found = _cohorts(parameters)
    days, count = (1, DAYS) if by == "day" else (7, WEEKS)
    # The latest day of a person is known, and not the latest before another day.
    rolling = at is None or not CohortRetention.objects.filter(workspace=workspace, date__gt=at).exists()
    cells = {
        (start, number): Cell(number, eligible, retained, still_active if rolling else None)
        for start, number, eligible, retained, still_active in _rows(
            READ_COHORT_CELLS, parameters | {"days": days, "cells": count}
        )
    }
    for cohort in found:
        cohort.cells.extend(cells.get((cohort.start, number)) or Cell(number) for number in range(count))
    return found


def count_more(
    workspace: Workspace,
    found: list[Cohort],
    grain: CohortGrain,
    first: date | None = None,
    last: date | None = None,
    *,
    at: date | None = None,
    with_bots: bool = False,
) -> None:
    """Give cohorts their MORE_COUNTS. It costs more than all the rest, so it is for those who show them."""
    by_start = {cohort.start: cohort for cohort in found}
    for name, count in MORE_COUNTS.items():
        for cohort in found:
            cohort.more[name] = 0
        days = count(workspace, first or FIRST, last or LAST, _not_over(workspace, at), with_bots=with_bots)
        for day, number in days.items():
            if (start := _start_of(day, grain)) in by_start:
                by_start[start].more[name] += number


def _not_over(workspace: Workspace, at: date | None) -> date:
    """As of the end of a day, if one is given."""
    return not_over(workspace) if at is None else min(not_over(workspace), at + buckets.DAY)


def by_day(workspace: Workspace, first: date, last: date, *, with_bots: bool = False) -> dict[date, dict[str, Any]]:
    """The columns of sql/read_cohort_days.sql of each day of sign-up that has anybody."""
    parameters = _parameters(workspace, "day", first, last, with_bots=with_bots)
    with connection.cursor() as cursor:
        cursor.execute(READ_COHORT_DAYS, parameters | {"not_over": not_over(workspace)})
        names = [column.name for column in cursor.description]
        return {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}


def _parameters(
    workspace: Workspace, grain: CohortGrain, first: date | None, last: date | None, *, with_bots: bool
) -> dict[str, Any]:
    return {
        "workspace_id": workspace.pk,
        "grain": grain,
        "first": first or FIRST,
        "last": last or LAST,
        "bots": with_bots,
        "not_over": LAST,
    }


def _cohorts(parameters: dict[str, Any]) -> list[Cohort]:
    return [Cohort(*row) for row in _rows(READ_COHORTS, parameters)]


def _start_of(day: date, grain: CohortGrain) -> date:
    if grain == "month":
        return day.replace(day=1)
    return day - buckets.DAY * day.weekday() if grain == "week" else day


def _rows(sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())

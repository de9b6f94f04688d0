"""Funnels: how many people go through ordered steps within a window (metrics.md 1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from analytics.funnel_steps import Resolved
from config.lib import buckets
from config.lib.admin import duration_words
from config.lib.sql import statement
from config.models import Workspace
from ingestion.clock import EARLIEST

MICROSECOND = timedelta(microseconds=1)
DEFAULT_WINDOW = "7d"


@dataclass(frozen=True, slots=True)
class StepResult:
    """People of one step. entered and before are the denominators: people at step 1 and at the step before."""

    step: int
    name: str
    people: int
    entered: int
    before: int
    # Between the step before and this one, of those who reached it; None where nobody did, and of step 1.
    median_seconds: float | None

    @property
    def conversion(self) -> float | None:
        """Of those who entered; None where nobody did."""
        return self.people / self.entered if self.entered else None

    @property
    def step_conversion(self) -> float | None:
        """Of those at the step before; None where nobody was."""
        return self.people / self.before if self.before else None

    @property
    def conversion_text(self) -> str:
        return _percent(self.conversion)

    @property
    def step_conversion_text(self) -> str:
        return _percent(self.step_conversion)

    @property
    def median_text(self) -> str:
        return "" if self.median_seconds is None else duration_words(timedelta(seconds=self.median_seconds))

    @property
    def dropped(self) -> int:
        return self.before - self.people


def _percent(ratio: float | None) -> str:
    return "–" if ratio is None else f"{100 * ratio:.2f}%"


def measure(
    workspace: Workspace,
    steps: list[Resolved],
    window: timedelta,
    first: date | None = None,
    last: date | None = None,
    *,
    with_bots: bool = False,
) -> list[StepResult]:
    """A result for each step, over people who entered from `first` to `last`, both included; over all without them.

    Each person counts once. Later steps may lie after `last`, up to the window. Reads the events of the steps.
    """
    zone = workspace.zone
    # One more day for clocks that are ahead.
    end = timezone.now() + buckets.DAY if last is None else buckets.day_start(last + buckets.DAY, zone)
    start = EARLIEST if first is None else buckets.day_start(first, zone)
    parameters = parameters_of(steps, window, end) | {
        "workspace_id": workspace.pk,
        "time_zone": workspace.time_zone,
        "bucket_start": start,
        "bucket_end": end,
        "by_day": False,
        "with_bots": with_bots,
    }
    with connection.cursor() as cursor:
        cursor.execute(query(steps), parameters)
        found = {row[1]: row[2:] for row in cursor.fetchall()}
    results = []
    for number, resolved in enumerate(steps, 1):
        entered, before, people, median = found.get(number, (0, 0, 0, None))
        results.append(StepResult(number, resolved.step.text, people, entered, before, median))
    return results


def query(steps: list[Resolved]) -> str:
    """sql/funnel.sql for that many steps."""
    number = len(steps)
    matches = ",\n        ".join(f"{match(n, resolved)} AS step_{n}" for n, resolved in enumerate(steps, 1))
    levels = "\n\n".join(_level(n, number) for n in range(number, 0, -1))
    reached = [f"CASE WHEN reached_1_{k} - moment <= %(window)s THEN reached_1_{k} END" for k in range(2, number + 1)]
    times = f"ARRAY[{', '.join(['moment', *reached])}]"
    return statement("analytics", "funnel").format(steps=matches, levels=levels, times=times)


def parameters_of(steps: list[Resolved], window: timedelta, end: datetime) -> dict[str, Any]:
    """What query(steps) takes besides the workspace and the range."""
    found: dict[str, Any] = {
        "types": sorted({pk for resolved in steps for pk in resolved.types}),
        "steps": len(steps),
        "window": window // MICROSECOND,
        "events_end": end + window,
    }
    return found | step_parameters(steps)


def step_parameters(steps: list[Resolved]) -> dict[str, Any]:
    """What match() of each takes."""
    found: dict[str, Any] = {}
    for n, resolved in enumerate(steps, 1):
        found[f"types_{n}"] = resolved.types
        for m, (key, value) in enumerate(resolved.step.where):
            found |= {f"key_{n}_{m}": key, f"value_{n}_{m}": value}
    return found


def match(n: int, resolved: Resolved) -> str:
    """Whether an event is of step n. One that is the opposite of its type never is, unless its action is asked for."""
    where = resolved.step.where
    tests = [f"event_type_id = ANY(%(types_{n})s::integer [])"]
    tests += [f"properties ->> %(key_{n}_{m})s = %(value_{n}_{m})s" for m in range(len(where))]
    if "action" not in dict(where):
        tests.append("NOT is_opposite")
    return " AND ".join(tests)


def _level(n: int, last: int) -> str:
    """The subquery that adds reached_n_n to reached_n_last to the events of step n."""
    columns = [f"CASE WHEN step_{n} THEN moment END AS reached_{n}_{n}"]
    columns += [
        f"CASE WHEN step_{n} THEN min(reached_{n + 1}_{k}) OVER later END AS reached_{n}_{k}"
        for k in range(n + 1, last + 1)
    ]
    source = "followed" if n == last else f"level_{n + 1}"
    window = "" if n == last else f" {LATER}"
    return f"level_{n} AS (SELECT *, {', '.join(columns)} FROM {source}{window}),"  # noqa: S608 numbers only


# What comes after an event: later or, at the same instant, arrived later.
LATER = (
    "WINDOW later AS (PARTITION BY person_id ORDER BY occurred_at DESC, received_at DESC, event_id DESC "
    "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
)

"""All there is to say of a rollup: what it is made of and, of a workspace, how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Max, Min
from django.utils import timezone

from analytics import definitions
from analytics.definitions import DEFINITIONS
from analytics.models import OpenBucket, RollupFailure, RollupState
from analytics.rollups.rollup import ROLLUPS, Rollup, in_order
from config.lib.buckets import DAY
from config.models import Run, Workspace

LATEST_RUNS = 5
RUN_NAMES = ("analytics.fill", "analytics.fill_hours", "analytics.backfill")
# Counted exactly up to here.
MOST_COUNTED = 1_000_000


def freshness(rollup: Rollup, state: RollupState, workspace: Workspace) -> str:
    """fresh, late or broken, by the limits of the declaration.

    Of a week or month they count from its last day on: the one under way is filled to where it began.
    """
    length = rollup.after(state.filled_to, workspace) - state.filled_to
    age = timezone.now() - state.filled_to - max(length - DAY, timedelta(0))
    if age > timedelta(hours=rollup.broken_hours):
        return "broken"
    return "late" if age > timedelta(hours=rollup.late_hours) else "fresh"


@dataclass(frozen=True, slots=True)
class Line:
    """How a rollup stands in a workspace."""

    rollup: Rollup
    state: RollupState | None
    fresh: str
    open_buckets: int
    failure: RollupFailure | None


def lines(workspace: Workspace) -> list[Line]:
    """All rollups, each after those it depends on."""
    states = {row.rollup: row for row in RollupState.objects.filter(workspace=workspace)}
    failures = {row.rollup: row for row in RollupFailure.objects.filter(workspace=workspace)}
    counted = OpenBucket.objects.filter(workspace=workspace).order_by().values("rollup").annotate(number=Count("*"))
    waiting = dict(counted.values_list("rollup", "number"))
    return [
        Line(
            one,
            states.get(one.key),
            freshness(one, states[one.key], workspace) if one.key in states else "never filled",
            waiting.get(one.key, 0),
            failures.get(one.key),
        )
        for one in in_order()
    ]


def explained(rollup: Rollup, workspace: Workspace | None = None) -> dict[str, Any]:
    """What --explain tells, ready for JSON."""
    facts: dict[str, Any] = {
        "key": rollup.key,
        "title": rollup.title,
        "row": " ".join((rollup.model.__doc__ or "").split("\n\n")[0].split()),
        "table": rollup.table,
        "grain": rollup.grain,
        "reads_events": rollup.reads_events,
        "depends_on": rollup.depends_on,
        "feeds": [one.key for one in ROLLUPS if rollup.key in one.depends_on],
        "late_hours": rollup.late_hours,
        "broken_hours": rollup.broken_hours,
        "definitions": {key: _held(key, workspace) for key in rollup.definitions},
        "sql_file": rollup.sql_file,
        "sql": rollup.sql,
    }
    return facts if workspace is None else facts | {"workspace": workspace.slug} | standing(rollup, workspace)


def standing(rollup: Rollup, workspace: Workspace) -> dict[str, Any]:
    """How it stands in a workspace: how far filled, what is open, what failed, its rows and its last runs."""
    state = RollupState.objects.filter(workspace=workspace, rollup=rollup.key).first()
    waiting = OpenBucket.objects.filter(workspace=workspace, rollup=rollup.key).aggregate(Min("bucket"), Max("bucket"))
    failure = RollupFailure.objects.filter(workspace=workspace, rollup=rollup.key).first()
    model: Any = rollup.model
    rows = model.objects.filter(workspace=workspace).order_by()[: MOST_COUNTED + 1].count()
    return {
        "freshness": "never filled" if state is None else freshness(rollup, state, workspace),
        "filled_to": state and state.filled_to,
        "filled_at": state and state.filled_at,
        "rows": min(rows, MOST_COUNTED),
        "rows_are_more": rows > MOST_COUNTED,
        "open_buckets": OpenBucket.objects.filter(workspace=workspace, rollup=rollup.key).count(),
        "first_open_bucket": waiting["bucket__min"],
        "last_open_bucket": waiting["bucket__max"],
        "failure": failure and {"since": failure.since, "error": failure.error, "waits_for": failure.waits_for or None},
        "last_runs": _runs(rollup, workspace),
    }


def _held(key: str, workspace: Workspace | None) -> list[dict[str, Any]]:
    """The versions that hold, from when on; without a workspace what is declared."""
    if workspace is None:
        return [{"since": None, "value": DEFINITIONS[key].default}]
    return [
        {"since": None if one.since == date.min else one.since, "value": one.value}
        for one in definitions.held(workspace, key)
    ]


def _runs(rollup: Rollup, workspace: Workspace) -> list[dict[str, Any]]:
    """The latest runs whose log names the rollup, each with what it says of it."""
    # A line is "12:00:00 key: 3 buckets ...", or "12:00:00 key failed: ...".
    runs = Run.objects.filter(workspace=workspace, name__in=RUN_NAMES, log__contains=f" {rollup.key}")
    found = []
    for run in runs.order_by("-started_at")[: 4 * LATEST_RUNS]:
        lines = [line for line in run.log.splitlines() if line[9:].startswith((f"{rollup.key}:", f"{rollup.key} "))]
        if lines:
            seconds = None if run.duration is None else run.duration.total_seconds()
            facts = {"id": run.pk, "name": run.name, "status": run.status, "started_at": run.started_at}
            found.append(facts | {"seconds_of_all": seconds, "said": lines})
    return found[:LATEST_RUNS]

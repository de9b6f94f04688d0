"""The numbers of the control room: supply, sources and sinks, who holds how much, who earns and spends most."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from analytics import metrics
from analytics.metrics import METRICS, State
from config.lib import buckets
from config.lib.sql import statement
from config.models import Run, Workspace
from economy import health
from economy.dashboards import ECONOMY
from economy.health import CHECKS, Check
from economy.models import PointAlert, Transfer

LORENZ = statement("economy", "lorenz")
TOP_FLOWS = statement("economy", "top_flows")
TOP = 10
# Whatever the range of the charts is: a year of transfers is too long a read for a page.
TOP_DAYS = 30

# The page has lists and curves of its own instead of the panels.
OWN_CHARTS = {"supply", "bands", "gini", "velocity"}
CONTROL_ROOM = replace(ECONOMY, charts=tuple(one for one in ECONOMY.charts if one.key in OWN_CHARTS), panels=())


@dataclass(frozen=True, slots=True)
class Flows:
    """By day: the points of each source and, below 0, of each sink; those that moved none are left out."""

    days: list[date]
    states: list[State]
    series: dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Looked:
    """A check with its alert, where it fails."""

    check: Check
    alert: PointAlert | None


def flows(workspace: Workspace, first: date, last: date) -> Flows:
    """From the first to the last day, both included."""
    keys = [f"{kind.value}_{part}" for kind in Transfer.Kind for part in ("points", "earned")]
    found = metrics.read_many([METRICS[key] for key in keys], workspace, first, last)
    sources, sinks = {}, {}
    for kind in Transfer.Kind:
        earned = [one.numerator for one in found[f"{kind.value}_earned"]]
        points = [one.numerator for one in found[f"{kind.value}_points"]]
        sources[f"+ {kind.label}"] = earned
        sinks[f"\N{MINUS SIGN} {kind.label}"] = [one - other for one, other in zip(earned, points, strict=True)]
    series = {name: values for name, values in (sources | sinks).items() if any(values)}
    days = found[keys[0]]
    return Flows([one.date for one in days], [one.state for one in days], series)


def lorenz(workspace: Workspace) -> list[float] | None:
    """In per cent, what the poorest 0, 5, 10 ... 100 % of the people hold now; None where nobody has any points."""
    shares = [share for _, share in _rows(LORENZ, {"workspace_id": workspace.pk})]
    return [0.0, *(round(100 * float(share), 2) for share in shares)] if shares and shares[0] is not None else None


def top(workspace: Workspace) -> dict[str, list[tuple[UUID, int]]]:
    """(person, points) of those who `earned` and who `spent` most within TOP_DAYS."""
    now = timezone.now()
    parameters = {"workspace_id": workspace.pk, "since": now - TOP_DAYS * buckets.DAY, "until": now, "most": TOP}
    found: dict[str, list[tuple[UUID, int]]] = {"earned": [], "spent": []}
    for way, person, points in _rows(TOP_FLOWS, parameters):
        found[way].append((person, points))
    return found


def looked_at(workspace: Workspace) -> tuple[list[Looked], Run | None]:
    """Every check, and when they were looked at last."""
    alerts = health.alerts(workspace)
    run = Run.objects.filter(name=health.JOB, workspace=workspace, status=Run.Status.SUCCEEDED).first()
    return [Looked(one, alerts.get(one.key)) for one in CHECKS], run


def _rows(text: str, parameters: dict[str, Any]) -> Iterable[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(text, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows

"""Whether the point economy is well: checks with thresholds that operators set (metrics.md 3), and their alerts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from analytics import definitions, metrics
from analytics.definitions import DEFINITIONS, Definition
from analytics.metrics import METRICS, Value
from config.alerts import Alert, tell
from config.lib import buckets
from config.lib.locks import lock_in_transaction
from config.lib.registry import Registry
from config.models import Workspace
from economy.models import PointAlert, TransferRing
from economy.verification import SUMS

KEY = "point_health"
# The job that looks.
JOB = "economy.check_health"
DAY = timedelta(days=1)

DEFINITIONS.register(
    Definition(
        KEY,
        "Health of the point economy",
        "When an alert is opened: the points in circulation grew by more than so many per cent in a day, people spent "
        "more than they earned on so many days running, the gini of balances is above that.",
        {"inflation_percent": 10.0, "deflation_days": 3, "gini": 0.7},
        limits={"inflation_percent": (0, 1_000_000), "deflation_days": (1, 90), "gini": (0, 1)},
    )
)


@dataclass(frozen=True, slots=True)
class Finding:
    """is_well None: it cannot be told now, and an alert stays as it is."""

    is_well: bool | None
    said: str


NOT_YET = Finding(None, "The day before today is not counted yet, or had no points.")


@dataclass(frozen=True, slots=True)
class Check:
    """look gets the workspace, its last complete day, and the thresholds of that day."""

    key: str
    title: str
    severity: PointAlert.Severity
    look: Callable[[Workspace, date, dict[str, Any]], Finding]


CHECKS: Registry[Check] = Registry("check of the point economy")


def check(workspace: Workspace) -> dict[str, Finding]:
    """Look at everything; alerts are opened and closed. Findings by the key of the check."""
    day = buckets.day_of(timezone.now(), workspace.zone) - DAY
    thresholds = definitions.current(workspace, KEY, day)
    found = {one.key: one.look(workspace, day, thresholds) for one in CHECKS}
    with transaction.atomic():
        lock_in_transaction(f"economy.health:{workspace.pk}")
        for one in CHECKS:
            _note(workspace, one, found[one.key])
    return found


def alerts(workspace: Workspace) -> dict[str, PointAlert]:
    """The open ones, by the key of the check."""
    return {one.check_key: one for one in PointAlert.objects.filter(workspace=workspace, closed_at__isnull=True)}


def _note(workspace: Workspace, one: Check, finding: Finding) -> None:
    now, severity = timezone.now(), one.severity
    opened = PointAlert.objects.filter(workspace=workspace, check_key=one.key, closed_at__isnull=True)
    alert = opened.first()
    if alert is not None and finding.is_well:
        opened.update(closed_at=now)
        _tell(one, alert, "closed", finding)
    elif alert is not None and finding.is_well is False:
        opened.update(said=finding.said, seen_at=now, severity=severity)
    elif finding.is_well is False:
        facts = {"check_key": one.key, "severity": severity, "said": finding.said, "opened_at": now, "seen_at": now}
        alert = PointAlert.objects.create(workspace=workspace, **facts)
        _tell(one, alert, "opened", finding)


def _tell(one: Check, alert: PointAlert, status: str, finding: Finding) -> None:
    data = {
        "check": one.key,
        "title": one.title,
        "severity": one.severity,
        "status": status,
        "said": finding.said,
        "opened_at": alert.opened_at.isoformat(),
    }
    tell(Alert(alert.workspace_id, "economy.alert", one.key, data))


def _of_days(workspace: Workspace, key: str, first: date, last: date) -> list[Value]:
    """The metric's values; none where the last of the days is not filled to its end."""
    found = metrics.read(METRICS[key], workspace, first, last)
    filled = found[-1].watermark
    return found if filled is not None and filled >= buckets.day_start(last + DAY, workspace.zone) else []


def _inflation(workspace: Workspace, day: date, thresholds: dict[str, Any]) -> Finding:
    found, most = _of_days(workspace, "inflation_rate", day, day), thresholds["inflation_percent"]
    if not found or found[0].value is None:
        return NOT_YET
    return Finding(found[0].value <= most, f"{found[0].value:+.1f} % on {day}; at most {most:g} % are well.")


def _deflation(workspace: Workspace, day: date, thresholds: dict[str, Any]) -> Finding:
    days = thresholds["deflation_days"]
    found = _of_days(workspace, "points_net", day - (days - 1) * DAY, day)
    if not found:
        return NOT_YET
    net = ", ".join(f"{one.numerator:+,.0f}" for one in found)
    return Finding(any(one.numerator >= 0 for one in found), f"Net points of {days} days up to {day}: {net}.")


def _inequality(workspace: Workspace, day: date, thresholds: dict[str, Any]) -> Finding:
    found, most = _of_days(workspace, "gini", day, day), thresholds["gini"]
    if not found or found[0].value is None:
        return NOT_YET
    return Finding(found[0].value <= most, f"Gini {found[0].value:.4f} on {day}; up to {most:g} is well.")


def _ledger(workspace: Workspace, _day: date, _thresholds: dict[str, Any]) -> Finding:
    with connection.cursor() as cursor:
        cursor.execute(SUMS, {"workspace": workspace.pk, "most": 1})
        off = cursor.fetchone()
    if off is None:
        return Finding(True, "Every balance is the sum of its transfers.")
    account, kind, _, balance, transfers = off
    return Finding(
        False,
        f"Account {account} ({kind}) has a balance of {balance:,} and transfers of {transfers:,.0f} together: "
        "manage.py ledger verify tells more.",
    )


def _rings(workspace: Workspace, _day: date, _thresholds: dict[str, Any]) -> Finding:
    number = TransferRing.objects.filter(workspace=workspace, status=TransferRing.Status.OPEN).count()
    return Finding(
        not number, f"{number:,} transfer rings are to be judged." if number else "No transfer ring is open."
    )


CHECKS.register(
    Check("high_inflation", "High inflation", PointAlert.Severity.HIGH, _inflation),
    Check("deflation", "Deflation", PointAlert.Severity.HIGH, _deflation),
    Check("inequality", "Inequality", PointAlert.Severity.HIGH, _inequality),
    Check("transfer_rings", "Transfer rings", PointAlert.Severity.MEDIUM, _rings),
    Check("ledger_mismatch", "Ledger and balances", PointAlert.Severity.CRITICAL, _ledger),
)

"""`manage.py metric client_signals`: errors and measurements of a day by page, browser or platform."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from analytics import clients
from analytics.metrics import DayStates
from analytics.models import ClientSignalDaily
from config.lib.buckets import DAY, day_of
from config.models import Workspace

COLUMNS = ("signal", "value", "events", "people", "p50", "p95")


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument(
        "--by",
        default=ClientSignalDaily.Dimension.ALL.value,
        choices=ClientSignalDaily.Dimension.values,
        help="Of client_signals: what to tell them by.",
    )


def answer(workspace: Workspace, options: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The facts, and lines that say them, the most frequent first; `--of` names one signal."""
    day = options["at"] or day_of(timezone.now(), workspace.zone) - timedelta(days=1)
    rows = list(clients.signals(workspace, day, options["by"], options["of"] or "").values(*COLUMNS))
    facts = {
        "metric": "client_signals",
        "workspace": workspace.slug,
        "date": day,
        "by": options["by"],
        "state": DayStates(workspace, "client_signal_daily").of(day, day + DAY),
        "rows": rows,
    }
    return facts, [_line(row) for row in rows]


def _line(row: dict[str, Any]) -> str:
    line = f"{row['signal']:20} {row['value']:32} {row['events']:>8,} events {row['people']:>8,} people"
    return line if row["p50"] is None else f"{line}  p50 {row['p50']:,.1f}  p95 {row['p95']:,.1f}"

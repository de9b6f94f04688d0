"""How well clients run: their errors and measurements by day, page, browser and platform."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from django.db.models import QuerySet

from analytics.definitions import DEFINITIONS, Definition
from analytics.metrics import METRICS, Metric
from analytics.models import ClientSignalDaily
from analytics.rollups.rollup import ROLLUPS, Rollup
from config.lib.sql import statement
from config.models import Workspace
from ingestion.models import EventType

CATEGORIES = ("error", "performance")
Statements = Callable[[Workspace, dict[str, Any]], Iterator[tuple[str, dict[str, Any]]]]


def _statements(name: str) -> Statements:
    """That of sql/<name>.sql with the event types of errors and measurements; parameters are the engine's."""

    def statements(workspace: Workspace, parameters: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        types = EventType.objects.filter(workspace=workspace, category__in=CATEGORIES).order_by("pk")
        yield statement("analytics", name), parameters | {"signal_types": list(types.values_list("pk", flat=True))}

    return statements


def signals(
    workspace: Workspace, day: date, dimension: str, signal: str = ""
) -> QuerySet[ClientSignalDaily, ClientSignalDaily]:
    """Errors and measurements of the day by page, browser or platform, the most frequent first; of one or all."""
    found = ClientSignalDaily.objects.filter(workspace=workspace, date=day, dimension=dimension)
    return (found.filter(signal=signal) if signal else found).order_by("signal", "-events", "value")


DEFINITIONS.register(
    Definition(
        "client_signals",
        "Errors and speed of clients",
        "page_loads: names of the measurement that is a page load, in small letters; several are taken together. "
        "The others: how many names, pages and browsers or platforms of a day have rows of their own.",
        {
            "page_loads": ["page_load", "page_load_time", "lcp"],
            "most_measures": 30,
            "most_pages": 50,
            "most_values": 20,
        },
        limits={"most_measures": (1, 200), "most_pages": (1, 1_000), "most_values": (1, 200)},
    )
)

ROLLUPS.register(
    Rollup(
        key="client_daily",
        title="Errors of clients and page loads by day",
        table="client_daily",
        grain="day",
        depends_on={"user_activity_daily": 0},
        definitions=("client_signals",),
        statements=_statements("client_daily"),
    ),
    Rollup(
        key="client_signal_daily",
        title="Errors and measurements of clients by page, browser and platform",
        table="client_signal_daily",
        grain="day",
        reads_events=True,
        definitions=("client_signals",),
        statements=_statements("client_signal_daily"),
    ),
)

METRICS.register(
    Metric(
        "client_errors",
        "Errors of clients",
        "events",
        "Events of the category error.",
        "errors",
        rollup="client_daily",
        recount="clients",
        higher_is_better=False,
    ),
    Metric(
        "client_error_rate",
        "Error rate of clients",
        "ratio",
        "Errors of clients divided by views of pages and screens.",
        "errors",
        kind="ratio",
        denominator="pages_viewed",
        rollup="client_daily",
        recount="clients",
        higher_is_better=False,
    ),
    Metric(
        "people_with_errors",
        "People who met errors",
        "people",
        "Distinct people who met an error of their client on the day.",
        "people_with_errors",
        kind="day",
        rollup="client_daily",
        recount="clients",
        higher_is_better=False,
    ),
    *(
        Metric(
            f"page_load_{key}",
            f"Page load, {words}",
            "ms",
            f"{meaning} of the day's measured page loads; null on a day without any.",
            f"page_load_{key}",
            kind="day_ratio",
            denominator="has_page_loads",
            data_points="page_loads",
            rollup="client_daily",
            recount="clients",
            higher_is_better=False,
        )
        for key, words, meaning in (
            ("p50", "median", "The median"),
            ("p95", "95th percentile", "The 95th percentile"),
        )
    ),
)

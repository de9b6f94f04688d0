"""Dashboards over HTTP: what their pages show."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.api.answering import reply
from analytics.api.metrics import OF_WORKSPACE
from analytics.api.reading import MetricsView, flag_of, workspace_of
from analytics.caching import answered
from analytics.dashboards import DASHBOARDS, Chart, Dashboard, Figure, Numbers
from analytics.groups import DIMENSIONS
from analytics.panels import Asked, Panel, named
from analytics.rollups.waiting import read_once
from analytics.selections import Selection, select
from analytics.spans import COMPARES, MOST_DAYS, InvalidSpan, Span, span_of
from config.api.errors import ERROR, ApiError
from config.lib import buckets
from config.models import Workspace
from config.permissions import Area, may
from ingestion.keys import SourceContext

# What the address calls a dashboard where that is not its key.
NAMES = {"executive": "executive-summary"}
STATE = serializers.ChoiceField(["open", "settling", "closed"])
VALUES = serializers.ListField(child=serializers.FloatField(allow_null=True))

CARD = inline_serializer(
    "DashboardCard",
    {
        "key": serializers.CharField(),
        "title": serializers.CharField(),
        "unit": serializers.CharField(),
        "definition": serializers.CharField(),
        "over": serializers.ChoiceField(["day", "range"], help_text="Of the last day alone, or of all days together."),
        "from": serializers.DateField(),
        "to": serializers.DateField(),
        "value": serializers.FloatField(allow_null=True),
        "before": serializers.FloatField(allow_null=True, help_text="The same of what it is compared with."),
        "change": serializers.FloatField(allow_null=True, help_text="In per cent; of ratios in percentage points."),
        "is_good": serializers.BooleanField(allow_null=True),
        "data_points": serializers.IntegerField(),
        "state": STATE,
        "confidence": serializers.ChoiceField(["high", "medium", "low"]),
        "calculated_at": serializers.DateTimeField(allow_null=True),
        "by_day": VALUES,
    },
)
CHART = inline_serializer(
    "DashboardChart",
    {
        "key": serializers.CharField(),
        "title": serializers.CharField(),
        "kind": serializers.ChoiceField(["line", "bar", "stacked"]),
        "days": serializers.ListField(child=serializers.DateField()),
        "states": serializers.ListField(child=serializers.CharField(), help_text="open, settling or closed."),
        "series": serializers.ListField(
            child=inline_serializer(
                "DashboardSeries",
                {
                    "metric": serializers.CharField(),
                    "title": serializers.CharField(),
                    "unit": serializers.CharField(),
                    "definition": serializers.CharField(),
                    "values": VALUES,
                    "average": serializers.ListField(
                        child=serializers.FloatField(allow_null=True),
                        allow_null=True,
                        help_text="Mean of the 7 days up to each.",
                    ),
                },
            )
        ),
        "target": inline_serializer(
            "DashboardTarget",
            {"title": serializers.CharField(), "value": serializers.FloatField()},
            allow_null=True,
        ),
    },
)
TABLE = inline_serializer(
    "DashboardTable",
    {
        "key": serializers.CharField(),
        "title": serializers.CharField(),
        "definition": serializers.CharField(),
        "columns": serializers.ListField(
            child=inline_serializer(
                "DashboardColumn",
                {
                    "title": serializers.CharField(),
                    "unit": serializers.CharField(help_text="Of a metric; person: a pseudonym; nothing: words."),
                },
            )
        ),
        "rows": serializers.ListField(
            child=serializers.ListField(child=serializers.JSONField(allow_null=True)),
            help_text="A text or a number for each column; null where there is none.",
        ),
        "unfinished": serializers.ListField(
            child=serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2),
            help_text="Row and column, from 0, of what is not final, or not yet.",
        ),
        "note": serializers.CharField(),
    },
)
UNTOLD = inline_serializer(
    "DashboardUntold",
    {
        "kind": serializers.ChoiceField(["card", "chart", "series", "cohorts", "table"]),
        "key": serializers.CharField(),
        "title": serializers.CharField(),
        "of": serializers.CharField(help_text="Of a series: the chart."),
        "said": serializers.CharField(help_text="Such as: Not by segment."),
    },
)
MONTH = inline_serializer(
    "DashboardCohort",
    {"month": serializers.DateField(), "people": serializers.IntegerField(), "unfinished": serializers.BooleanField()},
)
DATA = inline_serializer(
    "DashboardData",
    {
        "workspace": serializers.CharField(),
        "dashboard": serializers.CharField(),
        "title": serializers.CharField(),
        "from": serializers.DateField(),
        "to": serializers.DateField(),
        "compare": serializers.ChoiceField(COMPARES),
        "cards": serializers.ListField(child=CARD),
        "charts": serializers.ListField(child=CHART),
        "cohorts": serializers.ListField(child=MONTH, help_text="People by month of sign-up, where it is shown."),
        "tables": serializers.ListField(child=TABLE, help_text="Those that the reader may see."),
        "filter": inline_serializer(
            "DashboardFilter",
            {"by": serializers.CharField(), "name": serializers.CharField()},
            allow_null=True,
        ),
        "not_told": serializers.ListField(
            child=UNTOLD, help_text="With a filter: what cannot be told by it, and so has no number here."
        ),
    },
)
FRESHNESS = inline_serializer(
    "DashboardFreshness",
    {
        "calculated_at": serializers.DateTimeField(allow_null=True),
        "settling_days": serializers.IntegerField(help_text="Of the range: over, and not final."),
        "waiting_days": serializers.IntegerField(help_text="Of any time: to be counted again for late events."),
        "watermark": serializers.DateTimeField(allow_null=True, help_text="All before it is filled."),
        "begins": serializers.DateField(allow_null=True, help_text="First day with any number."),
        "with_bots": serializers.BooleanField(),
    },
)


# What each filter is given; one at a time, and none with bots.
SAID = {
    "segment": "Of the people who are power, active or casual at the end of each day.",
    "platform": "Of what was done with such clients, as they call themselves: web, ios, ...",
    "cohort": "Of the people who signed up in the month, such as 2026-01.",
    "community": "Of what is done in one community of enough members; of `community` its own numbers.",
}


def address_of(dashboard: Dashboard) -> str:
    return NAMES.get(dashboard.key, dashboard.key)


def addresses() -> dict[str, Dashboard]:
    return {address_of(one): one for one in DASHBOARDS}


def _day(name: str, words: str) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.DATE, description=words)


class DashboardView(MetricsView):
    """A dashboard: its cards, its charts and how fresh they are."""

    @extend_schema(
        operation_id="dashboard",
        parameters=[
            OpenApiParameter("name", str, OpenApiParameter.PATH, enum=list(addresses()), description="Which."),
            _day("from", f"First day; else 30 days are told, at most {MOST_DAYS:,}."),
            _day("to", "Last day, of the workspace's zone; else yesterday."),
            OpenApiParameter(
                "compare",
                str,
                enum=COMPARES,
                description="With the days before, with those 52 weeks earlier, or with none.",
            ),
            OpenApiParameter("bots", bool, description="Count bots and test accounts in; else they are left out."),
            *(OpenApiParameter(one.key, str, description=SAID[one.key]) for one in DIMENSIONS),
            OF_WORKSPACE,
        ],
        responses={
            200: inline_serializer(
                "Dashboard", {"status": serializers.CharField(), "data": DATA, "metadata": FRESHNESS}
            ),
            **dict.fromkeys((400, 401, 403, 404), ERROR),
        },
    )
    def get(self, request: Request, name: str) -> Response:
        dashboard = addresses().get(name)
        if dashboard is None:
            said = f"There is no dashboard {name[:50]!r}; there are {', '.join(addresses())}"
            raise ApiError(404, "unknown_dashboard", said)
        workspace = workspace_of(request)
        span, with_bots = span_of_request(request, workspace), flag_of(request, "bots")
        chosen = _selection(request, dashboard, workspace, span, with_bots=with_bots)
        panels = [one for one in chosen.dashboard.panels if _may_see(request, one, workspace)]
        seen = [one.key for one in panels]
        asked = [span, buckets.day_of(timezone.now(), workspace.zone), with_bots, chosen.asked, seen]

        def answer() -> dict[str, Any]:
            with read_once():
                found = chosen.numbers(workspace, span, with_bots=with_bots)
                shown = [] if chosen.group else panels
                tables = [_table(one, Asked(workspace, span, with_bots)) for one in shown]
            data = told(found, workspace) | {"tables": tables, "not_told": _untold(found, seen)}
            return {"status": "success", "data": data, "metadata": _freshness(found)}

        return reply(request, answered(workspace, f"dashboard:{name}", asked, answer))


def span_of_request(request: Request, workspace: Workspace) -> Span:
    """Raises ApiError 400."""
    try:
        return span_of(workspace, request.query_params)
    except InvalidSpan as error:
        raise _invalid(request, error) from None


def _selection(
    request: Request, dashboard: Dashboard, workspace: Workspace, span: Span, *, with_bots: bool
) -> Selection:
    """Raises ApiError 400."""
    try:
        return select(dashboard, workspace, span, request.query_params, with_bots=with_bots)
    except InvalidSpan as error:
        raise _invalid(request, error) from None


def _invalid(request: Request, error: InvalidSpan) -> ApiError:
    given = {error.parameter: request.query_params.get(error.parameter, "")[:50]}
    return ApiError(400, f"invalid_{error.parameter}", str(error), given)


def _may_see(request: Request, panel: Panel, workspace: Workspace) -> bool:
    if isinstance(request.auth, SourceContext):
        return panel.area == Area.METRICS
    return may(request.user, "view", panel.area, workspace.pk)


def told(found: Numbers, workspace: Workspace) -> dict[str, Any]:
    return {
        "workspace": workspace.slug,
        "dashboard": address_of(found.dashboard),
        "title": found.dashboard.title,
        "from": found.span.first,
        "to": found.span.last,
        "compare": found.span.compare,
        "cards": [_card(one) for one in found.figures],
        "charts": [_chart(one, found) for one in found.dashboard.charts if one.key in found.series],
        "filter": found.group and {"by": found.group.dimension.key, "name": found.group.name},
        "cohorts": [{"month": one.start, "people": one.size, "unfinished": one.unfinished} for one in found.months],
    }


def _table(panel: Panel, asked: Asked) -> dict[str, Any]:
    """With pseudonyms: who people are is no matter of numbers."""
    table = named(panel, panel.told(asked), asked.workspace, with_names=False)
    return {
        "key": panel.key,
        "title": panel.title,
        "definition": panel.means,
        "columns": [{"title": column.title, "unit": column.unit} for column in table.columns],
        "rows": table.rows,
        "unfinished": sorted(table.unfinished),
        "note": table.note,
    }


def _card(figure: Figure) -> dict[str, Any]:
    metric = figure.metric
    return {
        "key": metric.key,
        "title": metric.title,
        "unit": metric.unit,
        "definition": metric.definition,
        "over": figure.over,
        "from": figure.first,
        "to": figure.last,
        "value": figure.value,
        "before": figure.before,
        "change": figure.change,
        "is_good": figure.is_good,
        "data_points": figure.data_points,
        "state": figure.state,
        "confidence": figure.confidence,
        "calculated_at": figure.calculated_at,
        "by_day": figure.values,
    }


def _chart(chart: Chart, found: Numbers) -> dict[str, Any]:
    series = found.series[chart.key]
    return {
        "key": chart.key,
        "title": chart.title,
        "kind": chart.kind,
        "days": [value.date for value in series[0].values],
        "states": [value.state for value in series[0].values],
        "series": [
            {
                "metric": one.metric.key,
                "title": one.metric.title,
                "unit": one.metric.unit,
                "definition": one.metric.definition,
                "values": [value.value for value in one.values],
                "average": one.average,
            }
            for one in series
        ],
        "target": (
            chart.target
            and chart.key in found.targets
            and {"title": chart.target.title, "value": found.targets[chart.key]}
        )
        or None,
    }


def _untold(found: Numbers, seen: list[str]) -> list[dict[str, str]]:
    """Of the tables those alone that the reader may see."""
    if found.group is None:
        return []
    return [
        {"kind": one.kind, "key": one.key, "title": one.title, "of": one.of, "said": found.group.not_told}
        for one in found.untold
        if one.kind != "table" or one.key in seen
    ]


def _freshness(found: Numbers) -> dict[str, Any]:
    fresh = found.freshness
    return {
        "calculated_at": fresh.calculated_at,
        "settling_days": fresh.settling,
        "waiting_days": fresh.waiting,
        "watermark": fresh.watermark,
        "begins": found.begins,
        "with_bots": found.with_bots,
    }

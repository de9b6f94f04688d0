"""Which metrics there are, and queries of them."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import msgspec
from drf_spectacular.utils import OpenApiExample, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics import answers, queries, small_groups
from analytics.api.answering import HOW
from analytics.api.metrics import OF_WORKSPACE
from analytics.api.reading import MetricsView, workspace_of
from analytics.caching import How, answered
from analytics.metrics import METRICS, Metric
from analytics.person_metrics import PERSON_METRICS
from analytics.queries import GRANULARITIES, MOST_METRICS, MOST_ROWS, ROWS
from config.api.errors import ERROR, ApiError
from config.api.parsers import SmallJSONParser

METRIC = inline_serializer(
    "CatalogueMetric",
    {
        "key": serializers.CharField(),
        "title": serializers.CharField(),
        "unit": serializers.CharField(),
        "definition": serializers.CharField(),
        "kind": serializers.CharField(help_text="How days become weeks and months."),
        "grains": serializers.ListField(child=serializers.ChoiceField(GRANULARITIES)),
        "dimensions": serializers.ListField(child=serializers.CharField()),
        "per": serializers.CharField(allow_blank=True, help_text="What it is of one of, and has to be told by."),
        "higher_is_better": serializers.BooleanField(allow_null=True),
    },
    many=True,
)
DATE = {"type": "string", "format": "date"}
NAMES = {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
REQUEST = {
    "type": "object",
    "properties": {
        "metrics": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": MOST_METRICS},
        "dimensions": {"type": "array", "items": {"type": "string"}},
        "filters": {
            "type": "object",
            "properties": {"bots": {"type": "boolean", "description": "Count bots and test accounts in."}},
            "additionalProperties": NAMES,
            "description": "By dimension the names to tell of, at most 50.",
        },
        "time_range": {
            "type": "object",
            "properties": {"from": DATE, "to": DATE},
            "required": ["from", "to"],
            "additionalProperties": False,
            "description": "Days of the workspace's zone, both included.",
        },
        "granularity": {"type": "string", "enum": list(GRANULARITIES), "default": "day"},
        "compare": {
            "type": "boolean",
            "default": False,
            "description": "Tell with each row the value of as many buckets before.",
        },
        "limit": {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": ROWS},
    },
    "required": ["metrics", "time_range"],
    "additionalProperties": False,
}
EXAMPLE = {
    "metrics": ["dau", "new_signups"],
    "time_range": {"from": "2026-01-01", "to": "2026-01-31"},
    "granularity": "day",
    "compare": True,
}
QUERIED = inline_serializer(
    "QueryAnswer",
    {
        "status": serializers.CharField(),
        "data": serializers.ListField(
            child=serializers.DictField(),
            help_text="Of each metric, bucket and group: metric, date (or hour), the group, value, numerator, "
            "denominator, data_points, state, confidence, calculated_at; `before` where compared; `suppressed` with "
            "why, where the group is too small to tell.",
        ),
        "metadata": inline_serializer(
            "QueryMetadata",
            {
                "workspace": serializers.CharField(),
                "total_rows": serializers.IntegerField(help_text="Of which `data` has the first `limit`."),
                "execution_ms": serializers.FloatField(),
                "data_freshness": inline_serializer(
                    "DataFreshness",
                    {
                        "calculated_at": serializers.DateTimeField(allow_null=True),
                        "watermark": serializers.DateTimeField(allow_null=True),
                    },
                ),
                "query_id": serializers.UUIDField(),
                "cached": serializers.BooleanField(
                    help_text="Whether it was read before, for the same fill of the rollups."
                ),
                "stale": serializers.BooleanField(help_text="Whether a newer one is being read just now."),
            },
        ),
    },
)


class Kept(msgspec.Struct):
    """An answer, of which only the number of rows is looked at."""

    rows: msgspec.Raw
    total_rows: int
    freshness: msgspec.Raw


class CatalogueView(MetricsView):
    """Every metric: what it means, and by what it can be told. Those of single people stand apart."""

    of_workspace = False

    @extend_schema(
        operation_id="metrics",
        responses={
            200: inline_serializer(
                "Catalogue",
                {
                    "status": serializers.CharField(),
                    "data": inline_serializer(
                        "CatalogueData",
                        {
                            "metrics": METRIC,
                            "person_metrics": METRIC,
                            "dimensions": serializers.ListField(child=serializers.CharField()),
                        },
                    ),
                },
            ),
            **dict.fromkeys((401, 403), ERROR),
        },
    )
    def get(self, request: Request) -> Response:
        data = {
            "metrics": [
                _told(metric, queries.granularities_of(metric), queries.dimensions_of(metric)) for metric in METRICS
            ],
            "person_metrics": [_told(metric, metric.grains, ("person",)) for metric in PERSON_METRICS],
            "dimensions": queries.all_dimensions(),
        }
        return Response({"status": "success", "data": data})


def _told(metric: Metric, grains: tuple[str, ...], dimensions: tuple[str, ...]) -> dict[str, Any]:
    return {
        "key": metric.key,
        "title": metric.title,
        "unit": metric.unit,
        "definition": metric.definition,
        "kind": metric.kind,
        "grains": grains,
        "dimensions": dimensions,
        "per": queries.dimension_of(metric),
        "higher_is_better": metric.higher_is_better,
    }


class QueryView(MetricsView):
    """Several metrics over a range of days, by bucket and by what they are of."""

    parser_classes = (SmallJSONParser,)

    @extend_schema(
        operation_id="metrics_query",
        parameters=[OF_WORKSPACE],
        request={"application/json": REQUEST},
        responses={200: QUERIED, **dict.fromkeys((400, 401, 403, 404, 413), ERROR)},
        examples=[OpenApiExample("a month against the one before", value=EXAMPLE, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        began = time.perf_counter()
        workspace = workspace_of(request)
        try:
            query = queries.parse(request.data)
            queries.check_names(workspace, query)
        except queries.InvalidQuery as error:
            self.told.filters = {"refused": error.code}
            raise ApiError(400, error.code, str(error), {"near": error.near} if error.near else None) from None
        self.told.filters = {"query": query.asked}
        found = answered(
            workspace,
            "query",
            [query.asked, small_groups.least_people(workspace)],
            lambda: answers.answer(workspace, query),
            answers.rollups_of(query),
        )
        kept = msgspec.json.decode(found.body, type=Kept)
        self.told.rows, self.told.query_id = min(kept.total_rows, query.limit), uuid4()
        metadata = {
            "workspace": workspace.slug,
            "total_rows": kept.total_rows,
            "execution_ms": round(1000 * (time.perf_counter() - began), 1),
            "data_freshness": kept.freshness,
            "query_id": self.told.query_id,
            "cached": found.how != How.MISS,
            "stale": found.how == How.STALE,
        }
        return Response({"status": "success", "data": kept.rows, "metadata": metadata}, headers={HOW: found.how.value})

"""Metrics over HTTP."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics import metrics
from analytics.api.answering import reply
from analytics.api.reading import MetricsView, date_of, flag_of, workspace_of
from analytics.caching import answered
from analytics.metrics import Value
from config.api.errors import ERROR
from config.lib.buckets import day_of
from config.models import Workspace

METADATA = inline_serializer(
    "Metadata",
    {
        "calculated_at": serializers.DateTimeField(allow_null=True),
        "data_points": serializers.IntegerField(),
        "confidence": serializers.ChoiceField(["high", "medium", "low"]),
        "state": serializers.ChoiceField(["open", "settling", "closed"]),
        "watermark": serializers.DateTimeField(allow_null=True),
        "with_bots": serializers.BooleanField(),
    },
)


def metadata_of(value: Value, *, with_bots: bool = False) -> dict[str, Any]:
    return {
        "calculated_at": value.calculated_at,
        "data_points": value.data_points,
        "confidence": value.confidence,
        "state": value.state,
        "watermark": value.watermark,
        "with_bots": with_bots,
    }


ON_DATE = OpenApiParameter("date", OpenApiTypes.DATE, description="Day of the workspace's zone; else yesterday.")
OF_WORKSPACE = OpenApiParameter("workspace", str, description="Slug; needed where the reader has several.")


def day_of_request(request: Request, workspace: Workspace) -> date:
    return date_of(request, "date") or day_of(timezone.now(), workspace.zone) - timedelta(days=1)


class PlatformSummaryView(MetricsView):
    """Every metric of the whole platform of one day."""

    @extend_schema(
        operation_id="platform_summary",
        parameters=[
            ON_DATE,
            OpenApiParameter("bots", bool, description="Count bots and test accounts in; else they are left out."),
            OF_WORKSPACE,
        ],
        responses={
            200: inline_serializer(
                "PlatformSummary",
                {"status": serializers.CharField(), "data": serializers.DictField(), "metadata": METADATA},
            ),
            **dict.fromkeys((400, 401, 403, 404), ERROR),
        },
    )
    def get(self, request: Request) -> Response:
        workspace = workspace_of(request)
        day = day_of_request(request, workspace)
        with_bots = flag_of(request, "bots")
        asked = [day, with_bots]
        return reply(
            request, answered(workspace, "summary", asked, lambda: summary(workspace, day, with_bots=with_bots))
        )


def summary(workspace: Workspace, day: date, *, with_bots: bool) -> dict[str, Any]:
    read = metrics.read_many(metrics.of_platform(), workspace, day, day, with_bots=with_bots)
    values = {key: found[0] for key, found in read.items()}
    data: dict[str, Any] = {"workspace": workspace.slug, "date": day}
    data |= {key: value.value for key, value in values.items()}
    # The events of the day are the rows behind all of it.
    return {"status": "success", "data": data, "metadata": metadata_of(values["events"], with_bots=with_bots)}

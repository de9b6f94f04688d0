"""Live numbers over HTTP: what sockets tell as well, for whoever asks again and again."""

import hashlib
from datetime import datetime
from typing import Any

import msgspec
from django.http import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics import live_metrics, realtime
from analytics.api.metrics import OF_WORKSPACE
from analytics.api.reading import MetricsView, workspace_of
from analytics.live_metrics import LIVE
from config.api.errors import ERROR, ApiError
from config.models import Workspace

# Milliseconds after which whoever asks may ask again.
REFRESH_INTERVAL = 30_000
MOST_NAMES = 50
_NUMBER: dict[str, Any] = {
    "name": serializers.ChoiceField([one.key for one in LIVE]),
    "value": serializers.IntegerField(allow_null=True, help_text="null while Redis cannot be asked."),
    "timestamp": serializers.DateTimeField(),
}
_INTERVAL = serializers.IntegerField(help_text="Milliseconds after which to ask again.")
_ERRORS: dict[Any, Any] = {304: None, **dict.fromkeys((400, 401, 403, 404), ERROR)}


class LiveMetricsView(MetricsView):
    """Live numbers of a workspace; ETag changes with the values alone."""

    @extend_schema(
        operation_id="realtime_metrics",
        parameters=[
            OpenApiParameter("names", str, description="Separated by commas; all of them when left out."),
            OF_WORKSPACE,
        ],
        responses={
            200: inline_serializer(
                "LiveMetrics",
                {
                    "metrics": inline_serializer("LiveMetric", _NUMBER, many=True),
                    "timestamp": serializers.DateTimeField(),
                    "refresh_interval": _INTERVAL,
                },
            ),
            **_ERRORS,
        },
    )
    def get(self, request: Request) -> HttpResponseBase:
        workspace = workspace_of(request)
        asked = request.query_params.get("names")
        names = [one.key for one in LIVE] if asked is None else asked.split(",")[:MOST_NAMES]
        as_of, numbers = _numbers(workspace, names)
        return _answer(
            request, workspace, {"metrics": numbers, "timestamp": as_of, "refresh_interval": REFRESH_INTERVAL}, numbers
        )


class LiveMetricView(MetricsView):
    """One live number of a workspace."""

    @extend_schema(
        operation_id="realtime_metric",
        parameters=[
            OpenApiParameter(
                "name", OpenApiTypes.STR, OpenApiParameter.PATH, enum=[one.key.replace("_", "-") for one in LIVE]
            ),
            OF_WORKSPACE,
        ],
        responses={
            200: inline_serializer("OneLiveMetric", {**_NUMBER, "refresh_interval": _INTERVAL}),
            **_ERRORS,
        },
    )
    def get(self, request: Request, name: str) -> HttpResponseBase:
        workspace = workspace_of(request)
        _, numbers = _numbers(workspace, [name])
        return _answer(request, workspace, {**numbers[0], "refresh_interval": REFRESH_INTERVAL}, numbers)


def _numbers(workspace: Workspace, names: list[str]) -> tuple[datetime, list[dict[str, Any]]]:
    """When they were read, and {name, value, timestamp} of each. Raises ApiError 400 for a name there is not."""
    try:
        keys = live_metrics.keys_of(names)
    except live_metrics.NoSuchLiveMetric as error:
        raise ApiError(400, "unknown_metric", str(error)) from None
    live = realtime.live(workspace)
    return live.as_of, [{"name": key, "value": getattr(live, key), "timestamp": live.as_of} for key in keys]


def _answer(
    request: Request, workspace: Workspace, body: dict[str, Any], numbers: list[dict[str, Any]]
) -> HttpResponseBase:
    """200, or 304 where the values are those that the reader has."""
    told = msgspec.json.encode([workspace.slug, [(one["name"], one["value"]) for one in numbers]])
    # Weak: the times in it differ.
    etag = f'W/"{hashlib.sha256(told).hexdigest()[:32]}"'
    response = get_conditional_response(request._request, etag=etag) or Response(body)  # noqa: SLF001 DRF's own, without a public name
    response["ETag"] = etag
    patch_cache_control(response, private=True, no_cache=True)
    patch_vary_headers(response, ["Authorization", "Cookie"])
    return response

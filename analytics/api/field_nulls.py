"""Null rates of declared fields over HTTP."""

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics import metrics
from analytics.api.metrics import METADATA, OF_WORKSPACE, ON_DATE, day_of_request
from analytics.api.reading import MetricsView, workspace_of
from analytics.metrics import METRICS, DayStates
from config.api.errors import ERROR
from config.lib import buckets

FIELD = inline_serializer(
    "NullRateOfField",
    {
        "null_rate": serializers.FloatField(),
        "nulls": serializers.IntegerField(),
        "events": serializers.IntegerField(help_text="Those looked at: all, or a sample of a big day."),
        "confidence": serializers.ChoiceField(["high", "medium", "low"]),
    },
)
DATA = inline_serializer(
    "NullRateData",
    {
        "workspace": serializers.CharField(),
        "date": serializers.DateField(),
        "fields": serializers.DictField(child=FIELD),
    },
)


class NullRateView(MetricsView):
    """How often each declared field is missing or null in the events of one day, by EVENT_TYPE.PROPERTY."""

    @extend_schema(
        operation_id="null_rate",
        parameters=[ON_DATE, OF_WORKSPACE],
        responses={
            200: inline_serializer("NullRate", {"status": serializers.CharField(), "data": DATA, "metadata": METADATA}),
            **dict.fromkeys((400, 401, 403, 404), ERROR),
        },
    )
    def get(self, request: Request) -> Response:
        workspace = workspace_of(request)
        day = day_of_request(request, workspace)
        metric = METRICS["null_rate"]
        each = metrics.read_each(metric, workspace, day, day)
        # Fields of other days are among them, without an event.
        found = {field: value for field, (value,) in sorted(each.items()) if value.data_points}
        states = DayStates(workspace, metric.rollup)
        state = states.of(day, day + buckets.DAY)
        points = sum(value.data_points for value in found.values())
        fields = {
            field: {
                "null_rate": value.value,
                "nulls": int(value.numerator),
                "events": value.data_points,
                "confidence": value.confidence,
            }
            for field, value in found.items()
        }
        return Response(
            {
                "status": "success",
                "data": {"workspace": workspace.slug, "date": day, "fields": fields},
                "metadata": {
                    "calculated_at": max(
                        (value.calculated_at for value in found.values() if value.calculated_at),
                        default=states.filled_at,
                    ),
                    "data_points": points,
                    "confidence": metrics.confidence_of(points, state),
                    "state": state,
                    "watermark": states.watermark,
                    "with_bots": False,
                },
            }
        )

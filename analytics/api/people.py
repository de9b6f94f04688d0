"""What is told of one person, to the roles that may see people."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics import metrics
from analytics.api.metrics import METADATA, OF_WORKSPACE, ON_DATE, day_of_request, metadata_of
from analytics.api.reading import ReadingView, date_of, workspace_of
from analytics.person_metrics import PARTS, PERSON_METRICS
from config.api.errors import ERROR, ApiError
from config.models import Workspace
from config.permissions import Area
from ingestion import people

MOST_DAYS = 366
USER = OpenApiParameter("user_id", str, required=True, description="Any distinct id of the person, or a uuid.")
ACTIVITY = tuple(metric for metric in PERSON_METRICS if metric.rollup == "user_activity_daily")
REFUSALS = dict.fromkeys((400, 401, 403, 404), ERROR)


class PersonView(ReadingView):
    """Base of the views on single people."""

    area = Area.PEOPLE
    open_to_keys = False


def person_of(request: Request, workspace: Workspace) -> tuple[str, UUID]:
    """The id that was asked for, and whose it is. Raises ApiError 400 without one, 404 for nobody's."""
    named = request.query_params.get("user_id", "").strip()
    if not named:
        raise ApiError(400, "user_needed", "Name a person: ?user_id=ID")
    person_id = people.person_named(workspace, named)
    if person_id is None:
        raise ApiError(404, "unknown_person", f"Nobody in this workspace has the id {named[:100]!r}")
    view = (request.parser_context or {}).get("view")
    if isinstance(view, ReadingView):
        view.told.filters |= {"user_id": named, "person_id": str(person_id)}
    return named, person_id


INDEX = inline_serializer(
    "PersonIndex",
    {
        "status": serializers.CharField(),
        "data": inline_serializer(
            "PersonIndexData",
            {
                "workspace": serializers.CharField(),
                "user_id": serializers.CharField(),
                "person_id": serializers.UUIDField(),
                "date": serializers.DateField(),
                "metric": serializers.CharField(),
                "value": serializers.FloatField(allow_null=True),
                "breakdown": serializers.DictField(child=serializers.FloatField(allow_null=True)),
            },
        ),
        "metadata": METADATA,
    },
)


class IndexView(PersonView):
    """An index of a person on one day, with the parts it is made of."""

    key: ClassVar[str]

    @extend_schema(parameters=[USER, ON_DATE, OF_WORKSPACE], responses={200: INDEX, **REFUSALS})
    def get(self, request: Request) -> Response:
        workspace = workspace_of(request, self.area)
        day = day_of_request(request, workspace)
        named, person_id = person_of(request, workspace)
        wanted = [PERSON_METRICS[key] for key in (self.key, *PARTS[self.key])]
        found = metrics.read_many(wanted, workspace, day, day, of=str(person_id))
        values = {key: one for key, (one,) in found.items()}
        whole = values.pop(self.key)
        data = {
            "workspace": workspace.slug,
            "user_id": named,
            "person_id": person_id,
            "date": day,
            "metric": self.key,
            "value": whole.value,
            "breakdown": {key: part.value for key, part in values.items()},
        }
        return Response({"status": "success", "data": data, "metadata": metadata_of(whole)})


@extend_schema_view(get=extend_schema(operation_id="flourish_index"))
class FlourishIndexView(IndexView):
    """The flourish index of a person on one day, with its four parts."""

    key = "flourish_index"


@extend_schema_view(get=extend_schema(operation_id="add_value_index"))
class AddValueIndexView(IndexView):
    """The add-value index of a person on one day, with its three parts."""

    key = "add_value_index"


class UserActivityView(PersonView):
    """What a person did, by day."""

    @extend_schema(
        operation_id="user_activity",
        parameters=[
            USER,
            OpenApiParameter("from", OpenApiTypes.DATE, required=True, description="First day."),
            OpenApiParameter("to", OpenApiTypes.DATE, required=True, description=f"Last day; {MOST_DAYS} at most."),
            OF_WORKSPACE,
        ],
        responses={
            200: inline_serializer(
                "UserActivity",
                {
                    "status": serializers.CharField(),
                    "data": inline_serializer(
                        "UserActivityData",
                        {
                            "workspace": serializers.CharField(),
                            "user_id": serializers.CharField(),
                            "person_id": serializers.UUIDField(),
                            "days": serializers.ListField(
                                child=serializers.DictField(), help_text="date, state, and each metric of a person."
                            ),
                        },
                    ),
                },
            ),
            **REFUSALS,
        },
    )
    def get(self, request: Request) -> Response:
        workspace = workspace_of(request, self.area)
        first, last = range_of(request)
        named, person_id = person_of(request, workspace)
        found = metrics.read_many(list(ACTIVITY), workspace, first, last, of=str(person_id))
        days: list[dict[str, Any]] = [
            {"date": one.date, "state": one.state, "calculated_at": one.calculated_at} for one in found["events"]
        ]
        for key, values in found.items():
            for day, value in zip(days, values, strict=True):
                day[key] = value.value
        self.told.rows = len(days)
        data = {"workspace": workspace.slug, "user_id": named, "person_id": person_id, "days": days}
        return Response({"status": "success", "data": data})


def range_of(request: Request, most_days: int = MOST_DAYS) -> tuple[date, date]:
    """The days from ?from= to ?to=. Raises ApiError 400 where one is missing, or too many lie between them."""
    first, last = date_of(request, "from"), date_of(request, "to")
    if first is None or last is None:
        raise ApiError(400, "range_needed", "Name the range: ?from=DATE&to=DATE, both included")
    if first > last:
        raise ApiError(400, "invalid_range", "`from` is later than `to`")
    if (last - first).days >= most_days:
        raise ApiError(400, "range_too_long", f"A range is of {most_days:,} days at most")
    return first, last

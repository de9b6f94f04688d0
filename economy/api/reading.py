"""What a person has, and what moved it."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.api.metrics import OF_WORKSPACE
from analytics.api.reading import ReadingView, workspace_of
from config.api.errors import ERROR, ApiError
from config.permissions import Area
from economy import statements
from economy.api.keys import person_of
from economy.models import Account, Transfer
from economy.statements import Line

MOST_LINES = 200
# What 64 bits hold has so many digits or fewer.
MOST_DIGITS = 18
PERSON = OpenApiParameter("person", str, required=True, description="Any distinct id of the person, or a uuid.")
REFUSALS = dict.fromkeys((400, 401, 403, 404), ERROR)

LINE = inline_serializer(
    "StatementLine",
    {
        "number": serializers.IntegerField(),
        "points": serializers.IntegerField(help_text="Above 0 where they came in."),
        "balance": serializers.IntegerField(help_text="After it."),
        "kind": serializers.ChoiceField(Transfer.Kind.choices),
        "other_account": serializers.ChoiceField(Account.Kind.choices),
        "reference": serializers.CharField(),
        "occurred_at": serializers.DateTimeField(),
        "recorded_at": serializers.DateTimeField(),
        "idempotency_key": serializers.CharField(),
        "reverses": serializers.IntegerField(allow_null=True),
    },
    many=True,
)


class PointsView(ReadingView):
    """Base of the views on what people have."""

    area = Area.POINTS


class BalanceView(PointsView):
    """The points of a person; 0 for somebody who never had any."""

    @extend_schema(
        operation_id="balance",
        parameters=[PERSON, OF_WORKSPACE],
        responses={
            200: inline_serializer(
                "Balance",
                {
                    "status": serializers.CharField(),
                    "data": inline_serializer(
                        "BalanceData",
                        {"person_id": serializers.UUIDField(), "balance": serializers.IntegerField()},
                    ),
                },
            ),
            **REFUSALS,
        },
    )
    def get(self, request: Request) -> Response:
        workspace = workspace_of(request, self.area)
        person_id = person_of(workspace, request.query_params.get("person"))
        self.told.filters["person_id"] = str(person_id)
        balance = statements.balance_of(workspace, person_id)
        return Response({"status": "success", "data": {"person_id": person_id, "balance": balance}})


class StatementView(PointsView):
    """What moved the points of a person, the latest first, in pages that stay the same while new transfers come."""

    @extend_schema(
        operation_id="statement",
        parameters=[
            PERSON,
            OpenApiParameter("before", int, description="Only older ones: the `next` of the page before."),
            OpenApiParameter("limit", int, description=f"Lines, 1 to {MOST_LINES}; else {statements.PAGE_LINES}."),
            OF_WORKSPACE,
        ],
        responses={
            200: inline_serializer(
                "Statement",
                {
                    "status": serializers.CharField(),
                    "data": inline_serializer(
                        "StatementData",
                        {
                            "person_id": serializers.UUIDField(),
                            "lines": LINE,
                            "next": serializers.IntegerField(allow_null=True),
                        },
                    ),
                },
            ),
            **REFUSALS,
        },
    )
    def get(self, request: Request) -> Response:
        before, limit = _number(request, "before"), _number(request, "limit")
        if limit is not None and limit > MOST_LINES:
            raise ApiError(400, "invalid_number", f"`limit` is at most {MOST_LINES}")
        workspace = workspace_of(request, self.area)
        person_id = person_of(workspace, request.query_params.get("person"))
        self.told.filters["person_id"] = str(person_id)
        account = statements.account_of(workspace, person_id)
        found, older = (
            ([], None) if account is None else statements.lines(account, before, limit or statements.PAGE_LINES)
        )
        self.told.rows = len(found)
        data = {"person_id": person_id, "lines": [_line(line) for line in found], "next": older}
        return Response({"status": "success", "data": data})


def _line(line: Line) -> dict[str, Any]:
    """Without what an operator wrote, and without who the other person is."""
    return {
        "number": line.number,
        "points": line.points,
        "balance": line.balance,
        "kind": line.kind,
        "other_account": line.other_kind,
        "reference": line.reference,
        "occurred_at": line.occurred_at,
        "recorded_at": line.recorded_at,
        "idempotency_key": line.idempotency_key,
        "reverses": line.reverses,
    }


def _number(request: Request, name: str) -> int | None:
    """A parameter above 0, or None when it is missing. Raises ApiError 400 when it is none."""
    text = request.query_params.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS and int(text)):
        raise ApiError(400, "invalid_number", f"`{name}` is a whole number above 0", {name: text[:50]})
    return int(text)

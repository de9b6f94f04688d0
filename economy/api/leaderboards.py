"""Who leads by points and by posts."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.api.metrics import OF_WORKSPACE
from analytics.api.reading import workspace_of
from config.api.errors import ERROR, ApiError
from economy import leaderboards
from economy.api.reading import PointsView
from economy.leaderboards import BOARDS, PERIODS

MOST_LEADERS, LEADERS = 1_000, 50

LEADER = inline_serializer(
    "Leader",
    {
        "rank": serializers.IntegerField(help_text="Who has as many shares it."),
        "person_id": serializers.UUIDField(),
        "value": serializers.IntegerField(help_text="Points or posts."),
    },
    many=True,
)


class LeaderboardView(PointsView):
    """The first by points or posts: of all time, or of this day, week or month. Of all time, points are balances; of a
    period, what people got from the workspace in it.
    """

    @extend_schema(
        operation_id="leaderboard",
        parameters=[
            OpenApiParameter("board", str, enum=BOARDS, description="Else points."),
            OpenApiParameter("period", str, enum=PERIODS, description="Else all; weeks begin on Monday."),
            OpenApiParameter("limit", int, description=f"People, 1 to {MOST_LEADERS}; else {LEADERS}."),
            OF_WORKSPACE,
        ],
        responses={
            200: inline_serializer(
                "Leaderboard",
                {
                    "status": serializers.CharField(),
                    "data": inline_serializer(
                        "LeaderboardData",
                        {
                            "board": serializers.ChoiceField(BOARDS),
                            "period": serializers.ChoiceField(PERIODS),
                            "since": serializers.DateField(allow_null=True, help_text="First day of the period."),
                            "as_of": serializers.DateTimeField(help_text="When it was counted."),
                            "leaders": LEADER,
                        },
                    ),
                },
            ),
            **dict.fromkeys((400, 401, 403, 404), ERROR),
        },
    )
    def get(self, request: Request) -> Response:
        board, period = _choice(request, "board", BOARDS), _choice(request, "period", PERIODS)
        found = leaderboards.leaders(workspace_of(request, self.area), board, period, _limit(request))
        self.told.rows = len(found.leaders)
        data = {
            "board": board,
            "period": period,
            "since": found.since,
            "as_of": found.as_of,
            "leaders": [{"rank": one.rank, "person_id": one.person_id, "value": one.value} for one in found.leaders],
        }
        return Response({"status": "success", "data": data})


def _choice(request: Request, name: str, choices: tuple[Any, ...]) -> Any:
    """One of the choices, the first where nothing is asked for. Raises ApiError 400."""
    asked = request.query_params.get(name, choices[0])
    if asked not in choices:
        raise ApiError(400, f"invalid_{name}", f"`{name}` is one of {', '.join(choices)}", {name: asked[:50]})
    return asked


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(LEADERS))
    if not (
        text.isascii() and text.isdigit() and len(text) <= len(str(MOST_LEADERS)) and 0 < int(text) <= MOST_LEADERS
    ):
        raise ApiError(400, "invalid_number", f"`limit` is a whole number, 1 to {MOST_LEADERS}", {"limit": text[:50]})
    return int(text)

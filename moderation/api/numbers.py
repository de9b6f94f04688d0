"""Moderation in numbers over HTTP: what the page of that name shows in tables."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.api.metrics import OF_WORKSPACE
from analytics.api.reading import ReadingView, workspace_of
from analytics.spans import RANGES
from config.api.errors import ERROR, ApiError
from config.models import Workspace
from config.permissions import Area
from ingestion.keys import SourceContext
from moderation import numbers
from moderation.numbers import Moderator, Spread

SPREAD = inline_serializer(
    "SecondsSpread",
    {
        "number": serializers.IntegerField(),
        "median": serializers.FloatField(allow_null=True),
        "p95": serializers.FloatField(allow_null=True),
    },
)
MODERATOR = inline_serializer(
    "ModeratorNumbers",
    {
        "moderator": serializers.CharField(help_text="E-mail at the desk, or the uuid of the id in your application."),
        "holds": serializers.IntegerField(help_text="Cases, now."),
        "decisions": serializers.IntegerField(),
        "decisions_a_day": serializers.FloatField(),
        "seconds_to_claim": SPREAD,
        "seconds_to_decide": SPREAD,
        "appeals": serializers.IntegerField(),
        "upheld": serializers.IntegerField(),
        "overturn_rate": serializers.FloatField(allow_null=True),
    },
)
DATA = inline_serializer(
    "ModerationNumbersData",
    {
        "workspace": serializers.CharField(),
        "days": serializers.IntegerField(),
        "moderators": serializers.ListField(child=MODERATOR),
        "agreement": inline_serializer(
            "ModeratorAgreement",
            {
                "number": serializers.IntegerField(help_text="Decisions that a second moderator made once more."),
                "share": serializers.FloatField(allow_null=True, help_text="Of these alike."),
                "kappa": serializers.FloatField(allow_null=True, help_text="Cohen's."),
            },
        ),
        "repeat_offences": serializers.ListField(
            child=inline_serializer(
                "RepeatOffences",
                {
                    "action": serializers.CharField(),
                    "actions": serializers.IntegerField(),
                    "repeated": serializers.IntegerField(help_text="Followed by another case within 30 days."),
                },
            )
        ),
        "reporters": serializers.ListField(
            child=inline_serializer(
                "ReporterQuality",
                {
                    "person_id": serializers.UUIDField(),
                    "decided": serializers.IntegerField(),
                    "upheld": serializers.IntegerField(),
                    "quality": serializers.FloatField(help_text="(upheld + 1) / (decided + 2)."),
                },
            )
        ),
        "reporters_stay": serializers.ListField(
            child=inline_serializer(
                "ReportersStay",
                {
                    "acted_on": serializers.BooleanField(),
                    "days": serializers.IntegerField(),
                    "people": serializers.IntegerField(),
                    "active": serializers.IntegerField(),
                },
            )
        ),
    },
)


class NumbersView(ReadingView):
    """Who carries how much of moderation, how well, and what comes of it, over the last days."""

    area = Area.MODERATION

    @extend_schema(
        operation_id="moderation_numbers",
        parameters=[
            OpenApiParameter("days", int, enum=RANGES, default=RANGES[0], description="Up to now, today among them."),
            OF_WORKSPACE,
        ],
        responses={
            200: inline_serializer("ModerationNumbers", {"status": serializers.CharField(), "data": DATA}),
            **dict.fromkeys((400, 401, 403, 404), ERROR),
        },
    )
    def get(self, request: Request) -> Response:
        workspace = workspace_of(request, self.area)
        days = days_of(request)
        span = numbers.span_of(workspace, days)
        agreed, _ = numbers.double_reviews(workspace, days)
        data = {
            "workspace": workspace.slug,
            "days": days,
            "moderators": [told(one) for one in moderators_for(request, workspace, days)],
            "agreement": {"number": agreed.number, "share": agreed.share, "kappa": agreed.kappa},
            "repeat_offences": [
                {"action": one.kind, "actions": one.actions, "repeated": one.repeated}
                for one in numbers.repeat_offences(workspace, *span)
            ],
            "reporters": [
                {"person_id": one.person_id, "decided": one.decided, "upheld": one.upheld, "quality": one.quality}
                for one in numbers.reporters(workspace, days)
            ],
            "reporters_stay": [
                {"acted_on": one.acted_on, "days": one.days, "people": one.people, "active": one.active}
                for one in numbers.reporters_stay(workspace, *span)
            ],
        }
        return Response({"status": "success", "data": data})


def days_of(request: Request) -> int:
    """Raises ApiError 400 for another number of days than there are ranges."""
    text = request.query_params.get("days", str(RANGES[0]))
    if text not in set(map(str, RANGES)):
        allowed = ", ".join(map(str, RANGES))
        raise ApiError(400, "invalid_days", f"`days` is one of {allowed}", {"days": text[:50]})
    return int(text)


def moderators_for(request: Request, workspace: Workspace, days: int) -> list[Moderator]:
    """All for a server key; for a user as on the page."""
    if isinstance(request.auth, SourceContext):
        return numbers.moderators(workspace, days)
    return numbers.moderators_seen_by(request.user, workspace, days)


def told(one: Moderator) -> dict[str, Any]:
    return {
        "moderator": str(one.actor_id) if one.user is None else one.user.email,
        "holds": one.holds,
        "decisions": one.decisions,
        "decisions_a_day": one.decisions_a_day,
        "seconds_to_claim": _spread(one.to_claim),
        "seconds_to_decide": _spread(one.to_decide),
        "appeals": one.appeals,
        "upheld": one.upheld,
        "overturn_rate": one.overturn_rate,
    }


def _spread(spread: Spread) -> dict[str, float | None]:
    seconds = (None if one is None else one.total_seconds() for one in (spread.median, spread.p95))
    return dict(zip(("number", "median", "p95"), (spread.number, *seconds), strict=True))

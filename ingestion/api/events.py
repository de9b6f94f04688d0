"""The native door: one event, a list, or {"events": [...]}, in any envelope."""

import logging
import time
from typing import Any

import msgspec
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.api.errors import ERROR, ApiError
from ingestion import doors, payload
from ingestion.api import cors
from ingestion.api.keys import source_of
from ingestion.api.negotiation import FirstOfEach
from ingestion.api.quotas import admit
from ingestion.pipeline import Result

logger = logging.getLogger(__name__)

ANSWER = inline_serializer(
    "EventsAnswer",
    {
        "status": serializers.CharField(),
        "data": inline_serializer(
            "EventsTotals",
            {
                "total": serializers.IntegerField(),
                "accepted": serializers.IntegerField(),
                "duplicates": serializers.IntegerField(),
                "rejected": serializers.IntegerField(),
                "results": inline_serializer(
                    "EventResult",
                    {
                        "event_id": serializers.UUIDField(allow_null=True),
                        "status": serializers.ChoiceField(["accepted", "duplicate", "rejected"]),
                        "errors": serializers.ListField(child=serializers.DictField()),
                    },
                    many=True,
                ),
            },
        ),
        "metadata": serializers.DictField(),
    },
)


class EventsView(APIView):
    """Take in events. Each has its own result; a wrong one goes to the quarantine and harms no other."""

    # The write key is read by hand: a session or a Django user means nothing here, and CSRF cannot apply.
    authentication_classes = ()
    permission_classes = (AllowAny,)
    content_negotiation_class = FirstOfEach

    def perform_authentication(self, request: Request) -> None:
        """Nobody is a user here, and to find that out anew takes as long as reading an event does."""

    @extend_schema(
        operation_id="ingest_events",
        request={"application/json": {"oneOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}]}},
        responses={200: ANSWER, 400: ERROR, 401: ERROR, 403: ERROR, 413: ERROR, 429: ERROR, 503: ERROR},
        auth=[{"writeKey": []}],  # type: ignore[list-item]  # its stubs say names, the schema needs objects
        examples=[
            OpenApiExample(
                "one event",
                value={"event_name": "post_created", "user_id": "42", "properties": {"post_id": "7"}},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> HttpResponse:
        started = time.perf_counter()
        received_at = timezone.now()
        http = request._request  # noqa: SLF001 DRF's parsers would judge the content type, which clients get wrong
        try:
            read = payload.split(payload.read_body(http))
        except payload.RequestRefused as refused:
            raise ApiError(refused.status, refused.code, refused.message, refused.details) from None
        try:
            source = source_of(http, read.write_key)
            admit(http, source, len(read.items))
            results = doors.take(
                read.items, source, received_at, sent_at=read.sent_at, user_agent=http.headers.get("User-Agent")
            )
        except (DatabaseError, doors.Unavailable) as error:
            logger.warning("Events could not be kept, so the sender was told to come back: %s", error)
            raise ApiError(
                503,
                "unavailable",
                "The events could not be stored; send them again",
                retry_after_seconds=doors.RETRY_AFTER_SECONDS,
            ) from None
        # No Response of DRF, whose rendering takes as long as reading an event does.
        return HttpResponse(msgspec.json.encode(answer(results, started)), content_type="application/json")

    @extend_schema(exclude=True)
    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        """What a browser asks before a page of another site may send."""
        return Response(status=204)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        final = super().finalize_response(request, response, *args, **kwargs)
        cors.share(request, final)
        return final


def answer(results: list[Result], started: float) -> dict[str, Any]:
    """{status, data, metadata} of a batch."""
    statuses = [result.status for result in results]
    return {
        "status": "success",
        "data": {
            "total": len(results),
            "accepted": statuses.count("accepted"),
            "duplicates": statuses.count("duplicate"),
            "rejected": statuses.count("rejected"),
            "results": results,
        },
        "metadata": {"execution_ms": round((time.perf_counter() - started) * 1000, 1)},
    }

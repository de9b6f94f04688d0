"""Reports by the team's own application, for those that shall not wait for an event to be taken."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.models import Content
from config.api.errors import ERROR, ApiError
from config.api.parsers import SmallJSONParser
from config.models import Workspace
from ingestion.api.authentication import HasServerKey, ServerKeyAuthentication
from ingestion.enrichment import LONGEST_ID
from ingestion.keys import SourceContext
from moderation import targets
from moderation.media import LONGEST_URL, MOST_MEDIA, is_address
from moderation.models import Reason, Target
from moderation.reports import LONGEST_TEXT, Draft, ReportRefused, submit
from moderation.told import actor_of, target_of
from moderation.visibility import content_state

STATUS_OF = {"other_report": status.HTTP_409_CONFLICT, "already_reported": status.HTTP_409_CONFLICT}


class IdField(serializers.CharField):
    """Text or a whole number, as ids of events are."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST_ID, trim_whitespace=False, **options)


class ReportSerializer(serializers.Serializer[Any]):
    """The words of the event report_submitted."""

    report_id = IdField(help_text="Yours. The same again is taken once; the event of the same report is the same.")
    reporter_id = IdField(help_text="Who reports, as in events.")
    content_type = serializers.CharField(max_length=50, help_text="post, comment, ...; or user, or community.")
    content_id = IdField(help_text="What is reported, as in events.")
    content_author_id = IdField(required=False, help_text="Whose content it is; else as events have said.")
    community_id = IdField(required=False, help_text="Where it happened.")
    reason = serializers.ChoiceField(Reason.choices)
    details = serializers.CharField(
        max_length=LONGEST_TEXT, required=False, allow_blank=True, trim_whitespace=False, help_text="In their words."
    )
    media_urls = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_URL),
        max_length=MOST_MEDIA,
        required=False,
        help_text="Addresses of its pictures and videos, https only. A moderator's browser loads them when asked.",
    )

    def validate_media_urls(self, urls: list[str]) -> list[str]:
        for url in urls:
            if not is_address(url):
                raise serializers.ValidationError(f"{url!r} is no address such as https://cdn.example/7.jpg")
        return urls


class ServerView(APIView):
    """Base of what an application's server sends to the moderators."""

    authentication_classes = (ServerKeyAuthentication,)
    permission_classes = (HasServerKey,)
    parser_classes = (SmallJSONParser,)

    @staticmethod
    def workspace_of(request: Request) -> Workspace:
        """Raises ApiError 403 where the source of the key is disabled."""
        source = request.auth
        assert isinstance(source, SourceContext)
        if not source.enabled:
            raise ApiError(403, "source_disabled", "The source of this key is disabled")
        return Workspace.objects.get(pk=source.workspace_id)


class ReportsView(ServerView):
    """Report content, a person or a community to the moderators."""

    @extend_schema(
        operation_id="report",
        request=ReportSerializer,
        responses={
            **dict.fromkeys(
                (200, 201),
                inline_serializer(
                    "ReportAnswer",
                    {
                        "status": serializers.CharField(),
                        "data": inline_serializer(
                            "ReportTaken",
                            {
                                "report_id": serializers.CharField(),
                                "case": serializers.IntegerField(),
                                "status": serializers.CharField(),
                                "priority": serializers.IntegerField(),
                                "risk": serializers.FloatField(),
                                "content": serializers.ChoiceField(["visible", "hidden", "removed"]),
                            },
                        ),
                    },
                ),
            ),
            **dict.fromkeys((400, 401, 403, 404, 409, 413), ERROR),
        },
        examples=[
            OpenApiExample(
                "a post",
                value={
                    "report_id": "r-17",
                    "reporter_id": "42",
                    "content_type": "post",
                    "content_id": "7",
                    "content_author_id": "43",
                    "reason": "spam",
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        workspace = self.workspace_of(request)
        asked = ReportSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        draft = draft_of(workspace, asked.validated_data)
        if not targets.is_known(workspace.pk, draft):
            raise ApiError(404, "unknown_target", "No event has told of it; name its author, or send its events first")
        try:
            report, is_new = submit(workspace.pk, draft)
        except ReportRefused as refused:
            raise ApiError(STATUS_OF.get(refused.code, 400), refused.code, refused.message) from None
        data = {
            "report_id": report.key,
            "case": report.case_id,
            "status": report.status,
            "priority": report.priority,
            "risk": report.risk,
            "content": content_state(report.case),
        }
        return Response({"status": "success", "data": data}, status=201 if is_new else 200)


def draft_of(workspace: Workspace, asked: dict[str, Any]) -> Draft:
    """Raises ApiError 400 for a reporter who is nobody."""
    reporter = actor_of(workspace, asked["reporter_id"])
    if reporter is None:
        raise ApiError(400, "no_reporter", "`reporter_id` stands for nobody")
    target, content_type = target_of(asked["content_type"])
    if target == Target.PERSON:
        person = actor_of(workspace, asked["content_id"])
    else:
        person = actor_of(workspace, asked.get("content_author_id", ""))
    if target == Target.CONTENT and person is None:
        known = Content.objects.filter(workspace=workspace, content_type=content_type, content_id=asked["content_id"])
        person = known.values_list("author_id", flat=True).first()
    return Draft(
        key=asked["report_id"],
        reporter_id=reporter,
        target=target,
        content_type=content_type,
        target_id=asked["content_id"],
        person_id=person,
        community_id=asked.get("community_id", ""),
        reason=asked["reason"],
        text=asked.get("details", ""),
        submitted_at=timezone.now(),
        media=tuple(asked.get("media_urls", ())),
    )

"""Appeals as the team's own application passes them on."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.errors import ERROR, ApiError
from moderation.api.reports import IdField, ServerView
from moderation.appeals import AppealDraft, AppealRefused, submit
from moderation.models import Appeal
from moderation.reports import LONGEST_TEXT
from moderation.told import actor_of

STATUS_OF = {
    "unknown_report": status.HTTP_404_NOT_FOUND,
    "nothing_decided": status.HTTP_409_CONFLICT,
    "other_appeal": status.HTTP_409_CONFLICT,
    "already_appealed": status.HTTP_409_CONFLICT,
}


class AppealSerializer(serializers.Serializer[Any]):
    appeal_id = IdField(help_text="Yours. The same again is taken once, and answered with what came of it.")
    report_id = IdField(help_text="The report whose decision it is against.")
    person_id = IdField(help_text="Who appeals, as in events.")
    text = serializers.CharField(
        max_length=LONGEST_TEXT, required=False, allow_blank=True, trim_whitespace=False, help_text="In their words."
    )


class AppealsView(ServerView):
    """Appeal against a decision; somebody else than who made it decides."""

    @extend_schema(
        operation_id="appeal",
        request=AppealSerializer,
        responses={
            **dict.fromkeys(
                (200, 201),
                inline_serializer(
                    "AppealAnswer",
                    {
                        "status": serializers.CharField(),
                        "data": inline_serializer(
                            "AppealTaken",
                            {
                                "appeal_id": serializers.CharField(),
                                "status": serializers.ChoiceField(Appeal.Status.choices),
                                "decided_at": serializers.DateTimeField(allow_null=True),
                            },
                        ),
                    },
                ),
            ),
            **dict.fromkeys((400, 401, 403, 404, 409, 413), ERROR),
        },
    )
    def post(self, request: Request) -> Response:
        workspace = self.workspace_of(request)
        asked = AppealSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        person_id = actor_of(workspace, said["person_id"])
        if person_id is None:
            raise ApiError(400, "no_person", "`person_id` stands for nobody")
        draft = AppealDraft(said["appeal_id"], said["report_id"], person_id, said.get("text", ""))
        try:
            appeal, is_new = submit(workspace.pk, draft)
        except AppealRefused as refused:
            raise ApiError(STATUS_OF.get(refused.code, 400), refused.code, refused.message) from None
        data = {"appeal_id": appeal.key, "status": appeal.status, "decided_at": appeal.decided_at}
        return Response({"status": "success", "data": data}, status=201 if is_new else 200)

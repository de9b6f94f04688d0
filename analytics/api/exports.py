"""Tables to take out, over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, inline_serializer
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics import exports
from analytics.api.dashboards import span_of_request
from analytics.api.metrics import OF_WORKSPACE
from analytics.api.reading import SCOPES, ReadingView, flag_of, workspace_of
from analytics.exports import EXPORTS, Dataset
from analytics.spans import MOST_DAYS
from config.api.errors import ERROR, ApiError
from config.lib.table_files import FORMATS, Row
from config.models import Workspace
from config.permissions import Area, may
from config.tokens import Login
from ingestion.api.negotiation import FirstOfEach
from ingestion.keys import SourceContext

PEOPLE = ("ids", "pseudonyms")


class ExportsView(ReadingView):
    """Which tables can be taken out, with their columns."""

    of_workspace = False

    @extend_schema(
        operation_id="exports",
        responses={
            200: inline_serializer(
                "Exports",
                {
                    "status": serializers.CharField(),
                    "data": inline_serializer(
                        "ExportTable",
                        {
                            "key": serializers.CharField(),
                            "title": serializers.CharField(),
                            "definition": serializers.CharField(),
                            "columns": serializers.ListField(child=serializers.CharField()),
                            "hidden": serializers.ListField(
                                child=serializers.CharField(), help_text="Pseudonyms for whoever may not see people."
                            ),
                        },
                        many=True,
                    ),
                },
            ),
            **dict.fromkeys((401, 403), ERROR),
        },
    )
    def get(self, request: Request) -> Response:
        return Response({"status": "success", "data": [told(one) for one in EXPORTS]})


def told(dataset: Dataset) -> dict[str, object]:
    return {
        "key": dataset.key,
        "title": dataset.title,
        "definition": dataset.definition,
        "columns": [column.key for column in dataset.columns],
        "hidden": [column.key for column in dataset.columns if column.key in dataset.hidden],
    }


class ExportView(ReadingView):
    """A table of some days as a file. Who is who stands in it for whoever may see people, else pseudonyms."""

    area = Area.EXPORTS
    # ?format= is ours.
    content_negotiation_class = FirstOfEach

    @extend_schema(
        operation_id="export",
        parameters=[
            OpenApiParameter("name", str, OpenApiParameter.PATH, description="One of those that /api/exports lists."),
            OpenApiParameter("format", str, enum=list(FORMATS), default="csv"),
            OpenApiParameter("from", OpenApiTypes.DATE, description=f"First day; at most {MOST_DAYS:,} days."),
            OpenApiParameter("to", OpenApiTypes.DATE, description="Last day, of the workspace's zone; else yesterday."),
            OpenApiParameter(
                "people",
                str,
                enum=PEOPLE,
                description="Else ids, where the caller may see people.",
            ),
            OpenApiParameter("bots", bool, description="Bots and test accounts as well."),
            OF_WORKSPACE,
        ],
        responses={
            (200, "text/csv"): OpenApiResponse(OpenApiTypes.BINARY, "The file, in the format asked for."),
            **dict.fromkeys((400, 401, 403, 404, 429), ERROR),
        },
    )
    def get(self, request: Request, name: str) -> StreamingHttpResponse:
        if name not in EXPORTS:
            said = f"There is no export {name[:50]!r}; there are {', '.join(one.key for one in EXPORTS)}"
            raise ApiError(404, "unknown_export", said)
        dataset, workspace = EXPORTS[name], workspace_of(request, self.area)
        span, with_bots = span_of_request(request, workspace), flag_of(request, "bots")
        wanted = request.query_params.get("format", "csv")
        if wanted not in FORMATS:
            raise ApiError(400, "unknown_format", f"`format` is one of {', '.join(FORMATS)}", {"format": wanted[:50]})
        with_people = _with_people(request, workspace)
        rows = exports.read(dataset, workspace, span.first, span.last, with_people=with_people, with_bots=with_bots)
        file = f"{workspace.slug}-{name}-{span.first}-{span.last}.{wanted}"
        headers = {"Content-Disposition": f'attachment; filename="{file}"', "Cache-Control": "private, no-store"}
        pieces = FORMATS[wanted].write(dataset.columns, self._counted(rows))
        written = self._recorded(request, pieces, self.taken_place("exports"))
        # Begun, so that it ends also where nobody takes anything of it.
        next(written)
        return StreamingHttpResponse(written, content_type=FORMATS[wanted].content_type, headers=headers)

    def _counted(self, rows: Iterable[Row]) -> Iterator[Row]:
        for self.told.rows, row in enumerate(rows, 1):
            yield row

    def _recorded(self, request: Request, pieces: Iterator[bytes], end: Callable[[], None]) -> Iterator[bytes]:
        """Nothing and then the pieces. Recorded also of a caller who hangs up before the end."""
        self.told.rows = 0
        try:
            yield b""
            yield from pieces
        finally:
            end()
            self.put_on_record(request, 200)


def _with_people(request: Request, workspace: Workspace) -> bool:
    """Whether ids of people are told. Raises ApiError 400, and PermissionDenied where they are asked for in vain."""
    wanted = request.query_params.get("people")
    if wanted is not None and wanted not in PEOPLE:
        raise ApiError(400, "invalid_people", f"`people` is one of {', '.join(PEOPLE)}", {"people": wanted[:50]})
    allowed = (
        not isinstance(request.auth, SourceContext)
        and may(request.user, "view", Area.PEOPLE, workspace.pk)
        and (not isinstance(request.auth, Login) or request.auth.allows(SCOPES[Area.PEOPLE]))
    )
    if wanted == "ids" and not allowed:
        raise exceptions.PermissionDenied("You may not see who people are; ask for people=pseudonyms")
    return allowed and wanted != "pseudonyms"

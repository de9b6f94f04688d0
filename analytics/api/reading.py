"""Whose numbers a request may read."""

from collections.abc import Callable
from datetime import MAXYEAR, MINYEAR, date
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest
from django.utils.dateparse import parse_date
from rest_framework import exceptions
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config import busy, rates
from config.api.authentication import UserTokenAuthentication
from config.api.errors import ApiError
from config.models import Scope, User, Workspace
from config.permissions import Area, may, workspaces_of
from config.rates import Taken
from config.tokens import Login
from ingestion.api.authentication import ServerKeyAuthentication
from ingestion.keys import SourceContext
from privacy.access_log import Read, Reader, record

HOUR_SECONDS = 3_600
# Of each of these kinds of long reads that a reader may have under way, and when one that never ended no longer counts.
MOST_AT_ONCE = 2
LONGEST_SECONDS = {"analyses": 60, "exports": 900}
AGAIN_SECONDS = 10

# What a token has to be good for where it reads an area.
SCOPES = {
    Area.METRICS: Scope.READ_METRICS,
    Area.EXPORTS: Scope.READ_METRICS,
    Area.ANALYSES: Scope.READ_METRICS,
    Area.PEOPLE: Scope.READ_PEOPLE,
    Area.POINTS: Scope.READ_PEOPLE,
    Area.MODERATION: Scope.READ_MODERATION,
}


class Reads(BasePermission):
    """A server key, or a user, whose token is good for it; which workspace is settled by workspace_of."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        assert isinstance(view, ReadingView)
        if isinstance(request.auth, SourceContext):
            if not view.open_to_keys:
                raise exceptions.PermissionDenied("A server key does not read what is told of single people")
            return True
        if isinstance(request.auth, Login) and not request.auth.allows(scope := SCOPES[view.area]):
            raise exceptions.PermissionDenied(f"The token is not good for {scope}")
        return bool(request.user and request.user.is_authenticated)


class ReadingView(APIView):
    """Base of all views that read: by the session or a token of a member, or by a server key."""

    authentication_classes = (UserTokenAuthentication, ServerKeyAuthentication, SessionAuthentication)
    permission_classes = (Reads,)
    # What a role has to let its user view.
    area: ClassVar[Area] = Area.METRICS
    open_to_keys: ClassVar[bool] = True
    # Whether it tells of a workspace; else it is the same for all.
    of_workspace: ClassVar[bool] = True
    # Who asks and what is left to them of the hour; None for nobody who is logged in.
    reader: Reader | None = None
    taken: Taken | None = None

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        # What the access log is told; the view adds to it.
        self.told = Read()

    def perform_authentication(self, request: Request) -> None:
        super().perform_authentication(request)
        self.reader = reader_of(request)

    def check_throttles(self, request: Request) -> None:
        """Raises ApiError 429."""
        if self.reader is None:
            return
        self.taken = take_read(self.reader)
        if self.taken is not None and self.taken.refused:
            raise ApiError(
                429,
                "too_many_reads",
                f"You may read {self.taken.limit:,} times an hour; come back in {self.taken.resets_in} seconds",
                retry_after_seconds=self.taken.resets_in,
            )

    def taken_place(self, kind: str) -> Callable[[], None]:
        """What ends a long read of one of LONGEST_SECONDS. Raises ApiError 429 where the reader has too many."""
        assert self.reader is not None
        end = busy.take(f"{kind}:{self.reader.key}", MOST_AT_ONCE, LONGEST_SECONDS[kind])
        if end is None:
            said = f"You may have {MOST_AT_ONCE} {kind} under way at once; wait until one ends"
            raise ApiError(429, "too_many_at_once", said, retry_after_seconds=AGAIN_SECONDS)
        return end

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        # Of all that are refused in an hour one is on record, or a caller would fill the log.
        if not response.streaming and (self.taken is None or self.taken.left >= -1):
            self.put_on_record(request, response.status_code)
        if self.taken is not None:
            response["X-RateLimit-Limit"] = str(self.taken.limit)
            response["X-RateLimit-Remaining"] = str(max(self.taken.left, 0))
            response["X-RateLimit-Reset"] = str(self.taken.resets_in)
        return super().finalize_response(request, response, *args, **kwargs)

    def put_on_record(self, request: Request, status: int) -> None:
        """Who read what; a view that streams calls it once it knows how many rows that was."""
        if self.reader is not None:
            # What the view itself says comes first: of a long record the end is cut off.
            asked = {name: one for name, one in request.query_params.items() if name not in self.told.filters}
            self.told.filters |= asked
            record(self.reader, self.told, str(request.method), request.path, status)


class MetricsView(ReadingView):
    """Base of the views on numbers of nobody in particular, which every member may read."""


def take_read(reader: Reader) -> Taken | None:
    """One of those that somebody has in an hour; None where they are not counted."""
    limit = settings.API_READS_PER_HOUR
    return rates.take(f"reads:{reader.key}", limit, HOUR_SECONDS) if limit else None


def reader_of(request: Request) -> Reader | None:
    """Whose request it is; None of nobody who is logged in."""
    if isinstance(request.auth, SourceContext):
        return Reader(f"server key of source {request.auth.source_id}", source_id=request.auth.source_id)
    if not isinstance(request.user, User):
        return None
    token_id = request.auth.token_id if isinstance(request.auth, Login) else None
    return Reader(request.user.email, user_id=request.user.pk, token_id=token_id)


def workspace_of(request: Request, area: Area = Area.METRICS) -> Workspace:
    """The workspace a request reads: that of its key, the one named by ?workspace=, or the user's only one.

    Raises ApiError 400 when it must be named, 404 for one that is not the reader's (whether it exists or not), and
    PermissionDenied where their roles in it do not let them view the area.
    """
    found = _named(request)
    view = (request.parser_context or {}).get("view")
    if isinstance(view, ReadingView):
        view.told.workspace_id = found.pk
    if not (isinstance(request.auth, SourceContext) or may(request.user, "view", area, found.pk)):
        raise exceptions.PermissionDenied(f"Your role does not read {area.replace('_', ' ')}")
    return found


def _named(request: Request) -> Workspace:
    slug = request.query_params.get("workspace")
    unknown = ApiError(404, "unknown_workspace", f"You have no workspace {slug!r}")
    if isinstance(request.auth, SourceContext):
        workspace = Workspace.objects.get(pk=request.auth.workspace_id)
        if slug not in {None, workspace.slug}:
            raise unknown
        return workspace
    mine = workspaces_of(request.user)
    if slug is not None:
        # PostgreSQL compares no text with NUL, which the address of a POST may hold.
        found = None if "\0" in slug else mine.filter(slug=slug).first()
        if found is None:
            raise unknown
        return found
    several = list(mine[:2])
    if len(several) != 1:
        raise ApiError(400, "workspace_needed", "Name the workspace: ?workspace=SLUG")
    return several[0]


def date_of(request: Request, name: str) -> date | None:
    """A date parameter, or None when it is missing. Raises ApiError 400 when it is no date."""
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    # Nothing comes before the first and after the last year of the calendar, which reading a day looks at.
    if day is None or not MINYEAR < day.year < MAXYEAR:
        raise ApiError(400, "invalid_date", f"`{name}` must be a date such as 2026-01-31", {name: text[:50]})
    return day


def flag_of(request: Request, name: str) -> bool:
    """Whether a parameter is true; false when it is missing. Raises ApiError 400 when it is neither."""
    text = request.query_params.get(name, "false").lower()
    if text not in {"true", "1", "false", "0"}:
        raise ApiError(400, "invalid_flag", f"`{name}` is true or false", {name: text[:50]})
    return text in {"true", "1"}

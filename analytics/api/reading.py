"""Whose numbers a request may read."""

from datetime import MAXYEAR, MINYEAR, date

from django.utils.dateparse import parse_date
from rest_framework import exceptions
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from config.api.errors import ApiError
from config.models import Workspace
from config.permissions import may_read_metrics, workspaces_of
from ingestion.api.authentication import ServerKeyAuthentication
from ingestion.keys import SourceContext


class ReadsMetrics(BasePermission):
    """A server key, or a user; which workspace is settled by workspace_of."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.auth, SourceContext) or bool(request.user and request.user.is_authenticated)


class MetricsView(APIView):
    """Base of the views that read: session of a member, or a server key."""

    authentication_classes = (ServerKeyAuthentication, SessionAuthentication)
    permission_classes = (ReadsMetrics,)


def workspace_of(request: Request) -> Workspace:
    """The workspace a request reads: that of its key, the one named by ?workspace=, or the user's only one.

    Raises ApiError 400 when it must be named, 404 for one that is not the reader's (whether it exists or not).
    """
    slug = request.query_params.get("workspace")
    unknown = ApiError(404, "unknown_workspace", f"You have no workspace {slug!r}")
    if isinstance(request.auth, SourceContext):
        workspace = Workspace.objects.get(pk=request.auth.workspace_id)
        if slug not in {None, workspace.slug}:
            raise unknown
        return workspace
    mine = workspaces_of(request.user)
    if slug is not None:
        found = mine.filter(slug=slug).first()
        if found is None:
            raise unknown
    else:
        several = list(mine[:2])
        if len(several) != 1:
            raise ApiError(400, "workspace_needed", "Name the workspace: ?workspace=SLUG")
        found = several[0]
    if not may_read_metrics(request.user, found):
        raise exceptions.PermissionDenied("Your role does not read metrics")
    return found


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

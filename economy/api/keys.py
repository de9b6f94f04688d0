"""Points are moved over HTTP by back ends: a server key, whose workspace is the only one that there is."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.views import APIView

from config.api.errors import ApiError
from config.api.parsers import SmallJSONParser
from config.models import Workspace
from ingestion import people
from ingestion.api.authentication import HasServerKey, ServerKeyAuthentication
from ingestion.keys import SourceContext


class LedgerView(APIView):
    """Base of the views that move points."""

    authentication_classes = (ServerKeyAuthentication,)
    permission_classes = (HasServerKey,)
    parser_classes = (SmallJSONParser,)


def source_of(request: Request) -> SourceContext:
    assert isinstance(request.auth, SourceContext)
    return request.auth


def workspace_of(request: Request) -> Workspace:
    return Workspace.objects.get(pk=source_of(request).workspace_id)


def person_of(workspace: Workspace, named: Any) -> UUID:
    """Whose id it is. Raises ApiError 400 where none is named, 404 for one that the workspace does not know."""
    if not isinstance(named, str) or not named.strip():
        raise ApiError(400, "person_needed", "Name a person by an id that their events have, as text")
    person_id = people.person_named(workspace, named)
    if person_id is None:
        raise ApiError(404, "unknown_person", f"Nobody in this workspace has the id {named[:100]!r}")
    return person_id

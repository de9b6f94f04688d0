"""What is refused of a request before any view looks at it."""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

READS = {"GET", "HEAD"}


def refuse_nul(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: 400 for a page or an answer whose address holds NUL, with which PostgreSQL compares no text.

    Nothing that is sent is refused: events must not be lost over an address.
    """

    def refuse(request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        if request.method in READS and ("%00" in query or "\0" in query or "\0" in request.path_info):
            raise BadRequest("The address holds NUL")
        return get_response(request)

    return refuse

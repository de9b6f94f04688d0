"""Every error of the API has the same body: {code, message, details}."""

import sys
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import ProgrammingError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from drf_spectacular.utils import inline_serializer
from rest_framework import exceptions, serializers, status
from rest_framework.response import Response
from rest_framework.views import exception_handler as default_handler

from config import upgrades

# The body in the API schema.
ERROR = inline_serializer(
    "Error",
    {"code": serializers.CharField(), "message": serializers.CharField(), "details": serializers.DictField()},
)


class ApiError(exceptions.APIException):
    """An answer other than 200, with a code that clients may rely on."""

    def __init__(
        self,
        status_code: int,
        code: str,
        message: str,
        details: dict[str, Any] | None = None,
        *,
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(message, code)
        self.status_code = status_code
        self.details = details or {}
        # DRF's own handler makes the Retry-After header of it.
        self.wait = retry_after_seconds


def body(code: str, message: str, details: Any = None) -> dict[str, Any]:
    return {"code": code, "message": message, "details": details or {}}


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's handler with our body. Unknown exceptions stay None, so that Django logs them and answers 500."""
    if isinstance(error, ValidationError):
        return Response(body("invalid", "; ".join(error.messages)), status=status.HTTP_400_BAD_REQUEST)
    response = default_handler(error, context)
    if response is None:
        return None
    if isinstance(error, ApiError):
        response.data = body(str(error.detail.code), str(error.detail), error.details)  # type: ignore[union-attr]
    elif isinstance(error, exceptions.ValidationError):
        response.data = body("invalid", "The request is not valid", _plain(error.detail))
    elif isinstance(error, exceptions.APIException):
        response.data = body(str(error.default_code), str(error.detail))
    elif isinstance(error, Http404):
        response.data = body("not_found", "There is no such thing")
    elif isinstance(error, PermissionDenied):
        response.data = body("permission_denied", "You may not do this")
    return response


def _plain(detail: Any) -> Any:
    """What is wrong by field, as text: DRF's own kind of it is none that becomes JSON."""
    if isinstance(detail, dict):
        return {str(field): _plain(found) for field, found in detail.items()}
    return [_plain(found) for found in detail] if isinstance(detail, list) else str(detail)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What Django refuses before a view is asked, such as a host that is not in ALLOWED_HOSTS."""
    if _is_api(request):
        return JsonResponse(body("bad_request", "The request was refused before it was read"), status=400)
    return defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address of the API that is not there answers as the API does; pages of the admin as pages."""
    if _is_api(request):
        return JsonResponse(body("not_found", f"There is nothing at {request.path[:200]}"), status=404)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    # Django calls this where it has caught the error.
    if isinstance(sys.exception(), ProgrammingError) and upgrades.database_is_behind():
        if _is_api(request):
            return JsonResponse(body("database_behind", upgrades.WHAT_TO_DO), status=503)
        page = defaults.ERROR_PAGE_TEMPLATE % {"title": "Not ready yet", "details": upgrades.WHAT_TO_DO}
        return HttpResponse(page, status=503)
    if _is_api(request):
        return JsonResponse(body("server_error", "Something went wrong here; the log says what"), status=500)
    return defaults.server_error(request)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith(("/api/", "/v1/"))

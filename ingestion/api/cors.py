"""What a browser has to be told before a page of another site may send, and read what it is answered."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

ALLOWED_HEADERS = (
    "authorization, content-type, content-encoding, x-write-key, x-api-key, x-retry-count, anonymousid, sentat, "
    "rsa-retry-attempt, rsa-retry-reason, rsa-since-first-attempt, rsa-since-last-attempt, if-none-match"
)
PREFLIGHT_SECONDS = 86_400


def share(request: HttpRequest, response: HttpResponseBase) -> None:
    """On refusals too, that of an origin among them: without it a browser sees a network error instead of code and
    message, and clients try again until their budget is spent.

    A preflight tells no key, so it cannot be held to a source's list of origins: the request after it is.
    """
    response["Access-Control-Allow-Origin"] = request.headers.get("Origin") or "*"
    patch_vary_headers(response, ["Origin"])
    response["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
    response["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
    response["Access-Control-Expose-Headers"] = "ETag, Retry-After, X-RateLimit-Reset"
    response["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)

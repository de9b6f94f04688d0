"""An answer that may have been kept, as an HTTP response."""

from __future__ import annotations

import msgspec
from django.utils.http import parse_etags
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.caching import Answered

HOW = "X-Cache"


def reply(request: Request, found: Answered) -> Response:
    """The answer, or 304 where the caller has it already. X-Cache: hit, stale or miss."""
    headers = {"ETag": f'"{found.etag}"', "Cache-Control": "private, no-cache", HOW: found.how.value}
    known = {tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))}
    if request.method in {"GET", "HEAD"} and (headers["ETag"] in known or "*" in known):
        return Response(status=304, headers=headers)
    return Response(msgspec.Raw(found.body), headers=headers)

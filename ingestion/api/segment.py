"""The HTTP API that Segment and RudderStack clients speak, at the root of the site. docs/reference/segment-api.md.

Their retry rules make the form of an answer matter: anything but exactly 200 is a failure or worse, a redirect loses
the body, and a refusal without `code` and `message` is sent again (RudderStack for Python).
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

import msgspec
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from config.api.errors import ApiError, body
from ingestion import doors, payload
from ingestion.api import cors
from ingestion.api.keys import key_of, source_of, source_of_key
from ingestion.api.quotas import admit
from ingestion.payload import Item, Payload, RequestRefused

logger = logging.getLogger(__name__)

KINDS = ("track", "identify", "page", "screen", "group", "alias")
KIND_OF_PATH = {name: kind for kind in KINDS for name in (kind, kind[0])}
SETTINGS_SECONDS = 300
# How long clients go on trying, in seconds: the most that they let us say. By themselves a page gives an event up after
# 10 attempts and an app after 12 hours.
PERSISTENCE = {"backoffConfig": {"maxRetryCount": 100, "maxTotalBackoffDuration": 604_800}}

View = Callable[..., HttpResponse]


def _json(status: int, value: Any) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(value), status=status, content_type="application/json")


def door(*methods: str) -> Callable[[View], View]:
    """A view for browsers too (the key says who sends, and from where), whose refusals all have the one error body."""

    def decorate(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def answer(request: HttpRequest, **arguments: str) -> HttpResponse:
            if request.method == "OPTIONS":
                return _with_cors(request, HttpResponse(status=204))
            try:
                if request.method not in methods:
                    raise ApiError(405, "method_not_allowed", f"Use {' or '.join(methods)}")
                response = view(request, **arguments)
            except RequestRefused as refused:
                response = _json(refused.status, body(refused.code, refused.message, refused.details))
            except ApiError as refused:
                response = _json(refused.status_code, body(str(refused.detail.code), str(refused.detail)))  # type: ignore[union-attr]
                if refused.wait is not None:
                    response["Retry-After"] = str(refused.wait)
                    response["X-RateLimit-Reset"] = str(int(time.time()) + refused.wait)
            except (DatabaseError, doors.Unavailable) as error:
                logger.warning("Events could not be kept, so the sender was told to come back: %s", error)
                response = _json(503, body("unavailable", "The events could not be stored; send them again"))
                response["Retry-After"] = str(doors.RETRY_AFTER_SECONDS)
            return _with_cors(request, response)

        return answer

    return decorate


def _with_cors(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    cors.share(request, response)
    return response


@door("POST")
def batch(request: HttpRequest) -> HttpResponse:
    """{"batch": [...]}: 200 when each event is stored, in the spool or in the quarantine."""
    raw = payload.read_body(request)
    read = payload.split(raw)
    if len(read.items) == 1 and read.items[0].payload == raw.strip():
        raise ApiError(400, "invalid_body", "`batch` must be a list of events")
    return _take(request, read)


@door("POST")
def single(request: HttpRequest, path: str) -> HttpResponse:
    """One event; the path says its type where the body does not."""
    read = payload.split(payload.read_body(request))
    for item in read.items:
        _name_type(item, KIND_OF_PATH[path])
    return _take(request, read)


def _name_type(item: Item, kind: str) -> None:
    if item.envelope is not None and isinstance(item.envelope.type, str):
        return
    if item.value is not None and not isinstance(item.value.get("type"), str):
        item.value["type"] = kind
        # What is kept of it, in the spool or the quarantine, must be readable by itself.
        item.payload, item.envelope = msgspec.json.encode(item.value), None


def _take(request: HttpRequest, read: Payload) -> HttpResponse:
    received_at = timezone.now()
    source = source_of(request, read.write_key or _key_of_first(read) or request.GET.get("writeKey"))
    admit(request, source, len(read.items))
    agent = request.headers.get("User-Agent")
    doors.take(read.items, source, received_at, sent_at=read.sent_at, user_agent=agent)
    return _json(200, {"success": True})


def _key_of_first(read: Payload) -> str | None:
    first = read.items[0] if read.items else None
    if first is not None and first.envelope is not None:
        key = first.envelope.writeKey
    else:
        key = first.value.get("writeKey") if first is not None and first.value is not None else None
    return key if isinstance(key, str) else None


@door("GET", "HEAD")
def settings(request: HttpRequest, key: str) -> HttpResponse:
    """What analytics-next and React Native ask before they send: where to, and with which key."""
    if source_of_key(request, key) is None:
        raise ApiError(404, "unknown_key", "The write key is unknown or has ended")
    answer = {
        "integrations": {
            "Segment.io": {"apiKey": key, "apiHost": f"{request.get_host()}/v1", "httpConfig": PERSISTENCE}
        },
        # There React Native looks for it.
        "httpConfig": PERSISTENCE,
        "plan": {},
        "consentSettings": {"allCategories": ["analytics", "personalisation", "marketing"]},
    }
    return _cached(request, answer)


@door("GET", "HEAD", "POST")
def nothing(request: HttpRequest) -> HttpResponse:
    """Every other address of this API: a page that has it wrong is told so, where an answer without CORS headers would
    look like a broken line to its client, which then tries again.
    """
    raise ApiError(404, "not_found", f"There is nothing at {request.path[:200]}")


@door("GET", "HEAD")
def source_config(request: HttpRequest) -> HttpResponse:
    """What RudderStack's browser client asks before it sends."""
    key = key_of(request, request.GET.get("writeKey"))
    source = source_of(request, key)
    answer = {
        "source": {
            "id": str(source.source_id),
            "name": "Agora",
            "writeKey": key,
            "enabled": True,
            "workspaceId": str(source.workspace_uuid),
            "destinations": [],
            "config": {"statsCollection": {"errors": {"enabled": False}, "metrics": {"enabled": False}}},
        },
        # No time of change is kept; clients only want one to be there.
        "updatedAt": "2026-01-01T00:00:00.000Z",
    }
    return _cached(request, answer)


def _cached(request: HttpRequest, value: Any) -> HttpResponse:
    content = msgspec.json.encode(value)
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    # A proxy that packs the answer makes the tag a weak one.
    fresh = request.headers.get("If-None-Match", "").removeprefix("W/") == tag
    response = HttpResponse(status=304) if fresh else HttpResponse(content, content_type="application/json")
    response["ETag"] = tag
    response["Cache-Control"] = f"private, max-age={SETTINGS_SECONDS}"
    return response

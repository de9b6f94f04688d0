"""Who sends: the write key of a request, wherever a client puts it."""

import base64

from django.http import HttpRequest

from config.api.errors import ApiError
from ingestion import origins, places
from ingestion.keys import SourceContext, resolve


def key_of(request: HttpRequest, in_body: str | None) -> str | None:
    """The key: Basic user name, Bearer token, X-Write-Key or X-API-Key header, `writeKey` in the body; else None."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    given = given.strip()
    if scheme.lower() == "basic":
        try:
            user = base64.b64decode(given, validate=True).decode().partition(":")[0]
        except ValueError:  # binascii.Error and UnicodeDecodeError are among them
            user = ""
        if user:
            return user
    if scheme.lower() == "bearer" and given:
        return given
    return request.headers.get("X-Write-Key") or request.headers.get("X-API-Key") or in_body


def source_of_key(request: HttpRequest, key: str) -> SourceContext | None:
    """The source of a key, None when it is unknown or has ended. Raises ApiError 403 for a page of another site."""
    source = resolve(key)
    if source is not None and not origins.allows(source.allowed_origins, request.headers.get("Origin")):
        raise ApiError(
            403, "origin_not_allowed", f"The source of this key takes nothing from pages of {request.headers['Origin']}"
        )
    return source


def source_of(request: HttpRequest, in_body: str | None) -> SourceContext:
    """The sender's source. Raises ApiError 401 without a key or with one that is unknown or has ended, 403 for a page
    of a site that may not send.
    """
    key = key_of(request, in_body)
    if not key:
        raise ApiError(401, "missing_key", "Send a write key, for example as `Authorization: Bearer KEY`")
    source = source_of_key(request, key)
    if source is None:
        raise ApiError(401, "invalid_key", "The write key is unknown or has ended")
    return places.of_request(request, source)

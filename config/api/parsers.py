"""JSON in, for requests that say one small thing: no body of any size or depth ends in a 5xx."""

from collections.abc import Mapping
from typing import IO, Any

import msgspec
from rest_framework import exceptions
from rest_framework.parsers import BaseParser

from config.api.errors import ApiError

MOST_BYTES = 16 * 1024


class SmallJSONParser(BaseParser):
    """What msgspec reads: no NaN, no half surrogate pairs."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        raw = stream.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise ApiError(413, "body_too_large", f"A body has at most {MOST_BYTES:,} bytes")
        try:
            return msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise exceptions.ParseError(f"The body is not JSON: {error}") from None

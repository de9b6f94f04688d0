"""From the bytes of a request to items: limits, gunzip, splitting. Bad bytes are judged per event where they can be."""

from __future__ import annotations

import json
import math
import zlib
from dataclasses import dataclass
from typing import Any, NoReturn

import msgspec
from django.conf import settings
from django.http import HttpRequest

from ingestion.drafts import Rejection

GZIP_MAGIC = b"\x1f\x8b"
DEEPEST = 32
QUOTE, BACKSLASH = b'"\\'
# The strict decoder refuses most of what jsonb does (NaN, 1e400, half a surrogate pair). It lets pass NUL, and whole
# numbers too long for a 64-bit float, which have 309 digits or more.
NUL = b"\\u0000"
DIGITS = bytes.maketrans(b"123456789", b"000000000")
ENDLESS = b"0" * 309
_decode = msgspec.json.Decoder().decode


class RequestRefused(Exception):  # noqa: N818 named as the sender sees it
    """The request as a whole cannot be read; answered as {code, message, details} with the status."""

    def __init__(self, status: int, code: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.details = status, code, message, details or {}


@dataclass(slots=True)
class Item:
    """One event as it came: its JSON bytes, and the object or the reason why there is none."""

    payload: bytes
    value: dict[str, Any] | None
    rejection: Rejection | None = None
    repaired: bool = False


@dataclass(slots=True)
class Payload:
    items: list[Item]
    write_key: str | None = None
    sent_at: Any = None


class _Wrapper(msgspec.Struct):
    events: list[msgspec.Raw] | None = None
    batch: list[msgspec.Raw] | None = None
    sentAt: msgspec.Raw | None = None  # noqa: N815 the wire's name
    writeKey: msgspec.Raw | None = None  # noqa: N815 the wire's name


_split_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_split_wrapper = msgspec.json.Decoder(_Wrapper).decode


def _too_large(limit: int, what: str) -> NoReturn:
    raise RequestRefused(413, "payload_too_large", f"The {what} is larger than {limit:,} bytes", {"limit_bytes": limit})


def read_body(request: HttpRequest) -> bytes:
    """The unpacked body, at most INGEST_MAX_BODY_BYTES. Gzip is known by header or magic bytes.

    Raises RequestRefused: 413 when packed or unpacked bytes pass their limit, 400 when gzip is broken.
    """
    most = settings.INGEST_MAX_BODY_BYTES
    if int(request.META.get("CONTENT_LENGTH") or 0) > most:
        _too_large(most, "body")
    body = request.read(most + 1)
    packed = body[:2] == GZIP_MAGIC or "gzip" in request.headers.get("Content-Encoding", "").lower()
    if packed:
        if len(body) > settings.INGEST_MAX_PACKED_BYTES:
            _too_large(settings.INGEST_MAX_PACKED_BYTES, "packed body")
        return gunzip(body, most)
    if len(body) > most:
        _too_large(most, "body")
    return body


def gunzip(packed: bytes, most: int) -> bytes:
    """Unpacked bytes; never holds more than `most` + 1 of them, so that a bomb costs nothing."""
    stream = zlib.decompressobj(wbits=31)
    try:
        body = stream.decompress(packed, most + 1)
    except zlib.error as error:
        raise RequestRefused(400, "invalid_gzip", f"The body is not readable as gzip: {error}") from None
    if len(body) > most:
        _too_large(most, "unpacked body")
    if not stream.eof:
        raise RequestRefused(400, "invalid_gzip", "The gzip body ends too early")
    return body


def split(body: bytes) -> Payload:
    """The events of a body: one object, a list, or an object with `events` or `batch`.

    Raises RequestRefused 400 when it is no JSON at all, 413 with more than INGEST_MAX_EVENTS events.
    """
    try:
        payload = _split(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        payload = _split_lenient(body)
    if len(payload.items) > settings.INGEST_MAX_EVENTS:
        raise RequestRefused(
            413,
            "too_many_events",
            f"A request may hold {settings.INGEST_MAX_EVENTS:,} events; this one holds {len(payload.items):,}",
            {"limit_events": settings.INGEST_MAX_EVENTS},
        )
    return payload


def _split(body: bytes) -> Payload:
    if body.lstrip()[:1] == b"[":
        return Payload([read_item(bytes(raw)) for raw in _split_list(body)])
    wrapper = _split_wrapper(body)
    raws = wrapper.events if wrapper.events is not None else wrapper.batch
    sent_at = None if wrapper.sentAt is None else _decode(wrapper.sentAt)
    write_key = None if wrapper.writeKey is None else _decode(wrapper.writeKey)
    items = [read_item(body)] if raws is None else [read_item(bytes(raw)) for raw in raws]
    return Payload(items, write_key if isinstance(write_key, str) else None, sent_at)


def _split_lenient(body: bytes) -> Payload:
    """What strict JSON refuses but senders send (NaN, half surrogates, 1e400), parsed by the standard library."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise RequestRefused(400, "invalid_json", f"The body is not JSON: {reason}") from None
    wrapper = value if isinstance(value, dict) else {}
    events = value if isinstance(value, list) else wrapper.get("events", wrapper.get("batch", [value]))
    if not isinstance(events, list):
        raise RequestRefused(400, "invalid_body", "`events` and `batch` must be lists")
    write_key = wrapper.get("writeKey")
    items = [read_item(json.dumps(event).encode()) for event in events]
    return Payload(items, write_key if isinstance(write_key, str) else None, wrapper.get("sentAt"))


def read_item(payload: bytes) -> Item:
    """One event from its JSON bytes; whatever is wrong with it becomes its rejection and harms no companion."""
    item = Item(payload, None)
    try:
        if len(payload) > settings.INGEST_MAX_EVENT_BYTES:
            raise Rejection("too_large", f"An event may have {settings.INGEST_MAX_EVENT_BYTES:,} bytes")
        if payload.count(b"{") + payload.count(b"[") > DEEPEST:
            _check_depth(payload)
        value, item.repaired = _read_value(payload)
        if not isinstance(value, dict):
            raise Rejection("not_an_object", "An event is a JSON object")
        item.value = value
    except Rejection as rejection:
        item.rejection = rejection
    except (ValueError, RecursionError) as error:  # msgspec.DecodeError and UnicodeDecodeError are ValueErrors
        item.rejection = Rejection("invalid_json", f"Not readable as JSON: {error}")
    return item


def _check_depth(payload: bytes) -> None:
    depth = 0
    in_text = escaped = False
    for byte in payload:
        if in_text:
            in_text = escaped or byte != QUOTE
            escaped = byte == BACKSLASH and not escaped
        elif byte == QUOTE:
            in_text = True
        elif byte in b"{[":
            depth += 1
            if depth > DEEPEST:
                raise Rejection("too_deep", f"An event may be nested {DEEPEST} levels")
        elif byte in b"}]":
            depth -= 1


def _read_value(payload: bytes) -> tuple[Any, bool]:
    """(value, whether it had to be repaired). The walk over all its parts is kept for the few that may need it."""
    if NUL not in payload and (len(payload) < len(ENDLESS) or ENDLESS not in payload.translate(DIGITS)):
        try:
            return _decode(payload), False
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass
    return _read_suspicious(payload)


def _read_suspicious(payload: bytes) -> tuple[Any, bool]:
    """The value with NaN and Infinity as null, and whether any was. Raises Rejection for what jsonb cannot hold."""
    repaired = False

    def no_number(_: str) -> None:
        nonlocal repaired
        repaired = True

    value = json.loads(payload, parse_constant=no_number)
    _check_value(value, "")
    return value, repaired


def _check_value(value: Any, path: str) -> None:
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise Rejection("invalid_text", "Text holds NUL or half a surrogate pair", path)
    elif isinstance(value, int | float):
        try:
            finite = math.isfinite(float(value))
        except OverflowError:
            finite = False
        if not finite:
            raise Rejection("number_out_of_range", "A number must fit a 64-bit float", path)
    elif isinstance(value, dict):
        for key, inner in value.items():
            _check_value(key, path)
            _check_value(inner, f"{path}/{key}")
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            _check_value(inner, f"{path}/{position}")

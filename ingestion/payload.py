"""From the bytes of a request to items: limits, gunzip, splitting. Bad bytes are judged per event where they can be."""

from __future__ import annotations

import codecs
import json
import math
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import msgspec
from django.conf import settings
from django.http import HttpRequest

from ingestion import wire
from ingestion.drafts import Rejection

GZIP_MAGIC = b"\x1f\x8b"
DEEPEST = 32
# The strict decoder refuses most of what jsonb does (NaN, 1e400, half a surrogate pair). It lets pass NUL, and whole
# numbers too long for a 64-bit float, which have 309 digits or more.
NUL = b"\\u0000"
DIGITS = bytes.maketrans(b"123456789", b"000000000")
ENDLESS = b"0" * 309
TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+["\\]?', re.DOTALL)
ONE_KIND = bytes.maketrans(b"{}", b"[]")
NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
# Text, brackets and commas tell where an event ends. Text need not have a closing quote, so that the search for one
# is not begun again at every quote of a hostile body.
TOKEN = re.compile(TEXT.pattern + rb"|[][{},]", re.DOTALL)
COMMA = ord(",")
# Bodies with more commas are split one event after the other: at once, five megabytes of ones would take hundreds.
MOST_COMMAS = 250_000
# A write key or a time of sending is far shorter.
LONGEST_SCALAR_BYTES = 1_000
WRAPPER_FIELD = re.compile(rb'"(events|batch|sentAt|writeKey)"\s*:\s*')
# Whole numbers of more digits are beyond every float.
MOST_DIGITS = 310
_decode = msgspec.json.Decoder().decode


class RequestRefused(Exception):  # noqa: N818 named as the sender sees it
    """The request as a whole cannot be read; answered as {code, message, details} with the status."""

    def __init__(self, status: int, code: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.details = status, code, message, details or {}


class Item(msgspec.Struct, gc=False):
    """One event as it came: its JSON bytes, and the object or the reason why there is none.

    What is well formed has its envelope alone, until somebody asks for the object.
    """

    payload: bytes
    read: dict[str, Any] | None
    rejection: Rejection | None = None
    repaired: bool = False
    envelope: wire.Envelope | None = None

    @property
    def value(self) -> dict[str, Any] | None:
        if self.read is None and self.envelope is not None:
            self.read = read_item(self.payload).read
        return self.read


@dataclass(slots=True)
class Payload:
    items: list[Item]
    write_key: str | None = None
    sent_at: Any = None


class _Wrapper(msgspec.Struct):
    events: list[msgspec.Raw] | None = None
    batch: list[msgspec.Raw] | None = None
    # No `| None`: msgspec would take null alone for it.
    sentAt: msgspec.Raw = msgspec.Raw(b"null")  # noqa: N815 the wire's name
    writeKey: msgspec.Raw = msgspec.Raw(b"null")  # noqa: N815 the wire's name


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
    body = _read(request, most + 1)
    packed = body[:2] == GZIP_MAGIC or "gzip" in request.headers.get("Content-Encoding", "").lower()
    if packed:
        if len(body) > settings.INGEST_MAX_PACKED_BYTES:
            _too_large(settings.INGEST_MAX_PACKED_BYTES, "packed body")
        return gunzip(body, most)
    if len(body) > most:
        _too_large(most, "body")
    return body


def _read(request: HttpRequest, most: int) -> bytes:
    stream = request.META.get("wsgi.input")
    if stream is None or "chunked" not in request.headers.get("Transfer-Encoding", "").lower():
        return request.read(most)
    # Django takes a body without a Content-Length for an empty one; the server has taken the chunks apart already.
    body = bytearray()
    while len(body) < most and (part := stream.read(most - len(body))):
        body += part
    return bytes(body)


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
    if stream.unused_data:
        raise RequestRefused(400, "invalid_gzip", "Something follows the gzip body; pack it as one stream")
    return body


def split(body: bytes) -> Payload:
    """The events of a body: one object, a list, or an object with `events` or `batch`.

    Raises RequestRefused 400 when it is no JSON at all, 413 with more than INGEST_MAX_EVENTS events.
    """
    body = body.removeprefix(codecs.BOM_UTF8).strip()
    try:
        return _split(body) if body.count(b",") <= MOST_COMMAS else _split_lenient(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return _split_lenient(body)


def _split(body: bytes) -> Payload:
    suspicious = _is_suspicious(body)
    if body[:1] == b"[":
        return Payload(_items(map(bytes, _split_list(body)), suspicious=suspicious))
    wrapper = _split_wrapper(body)
    raws = wrapper.events if wrapper.events is not None else wrapper.batch
    items = _items([body] if raws is None else map(bytes, raws), suspicious=suspicious)
    return Payload(items, _text(wrapper.writeKey), _scalar(wrapper.sentAt))


def _split_lenient(body: bytes) -> Payload:
    """The events of what strict JSON refuses as a whole (NaN, half surrogates, deep nesting, one broken event).

    Split by brackets and commas alone, so that every event is still judged by itself.
    """
    fields = _wrapper_fields(body)
    listed = fields.get(b"events") or fields.get(b"batch")
    if listed is None:
        items = [read_item(body)]
    elif listed[:1] == b"[":
        items = _items(_parts(listed))
    else:
        raise RequestRefused(400, "invalid_body", "`events` and `batch` must be lists")
    if items and all(item.rejection is not None and item.rejection.reason == "invalid_json" for item in items):
        raise RequestRefused(400, "invalid_json", str(items[0].rejection))
    return Payload(items, _text(fields.get(b"writeKey", b"null")), _scalar(fields.get(b"sentAt", b"null")))


def _items(parts: Iterable[bytes], *, suspicious: bool = True) -> list[Item]:
    """Counted before it is read: millions of tiny events would take the memory of millions of refusals.

    suspicious says of the whole body what _is_suspicious would of each part, so that it is asked once.
    """
    items: list[Item] = []
    limit, most_bytes = settings.INGEST_MAX_EVENTS, settings.INGEST_MAX_EVENT_BYTES
    for part in parts:
        if len(items) == limit:
            raise RequestRefused(
                413, "too_many_events", f"A request may hold {limit:,} events", {"limit_events": limit}
            )
        if not suspicious and len(part) <= most_bytes and part.count(b"{") + part.count(b"[") <= DEEPEST:
            try:
                items.append(Item(part, None, envelope=wire.decode(part)))
            except (msgspec.DecodeError, UnicodeDecodeError):
                pass
            else:
                continue
        items.append(read_item(part, most_bytes))
    return items


def _is_suspicious(text: bytes) -> bool:
    """Whether it may hold what the strict decoder lets pass, though jsonb does not."""
    return NUL in text or (len(text) >= len(ENDLESS) and ENDLESS in text.translate(DIGITS))


def _wrapper_fields(body: bytes) -> dict[bytes, bytes]:
    """The JSON of the wrapper's fields that are there and not null; a bare list is its batch."""
    if body[:1] == b"[":
        return {b"batch": body}
    if body[:1] != b"{":
        try:
            _decode(body)
        except ValueError as error:
            _no_json(str(error))
        return {}
    fields = {}
    for part in _parts(body):
        field = WRAPPER_FIELD.match(part)
        if field is not None and part[field.end() :] != b"null":
            fields[field[1]] = part[field.end() :]
    return fields


def _parts(text: bytes) -> Iterator[bytes]:
    """What stands between the commas of a list or an object. Raises RequestRefused 400 when text is left over."""
    depth, start, end = 0, 1, 0
    for token in TOKEN.finditer(text):
        sign = text[token.start()]
        if sign in b"[{":
            depth += 1
        elif sign in b"]}":
            depth -= 1
            if not depth:
                end = token.end()
                break
        elif sign == COMMA and depth == 1:
            yield text[start : token.start()].strip()
            start = token.end()
    if end != len(text) or text[:1] + text[-1:] not in {b"[]", b"{}"}:
        _no_json("its brackets do not match")
    last = text[start:-1].strip()
    if last or start > 1:
        yield last


def _no_json(reason: str) -> NoReturn:
    raise RequestRefused(400, "invalid_json", f"The body is not JSON: {reason}")


def _scalar(raw: bytes | msgspec.Raw) -> Any:
    text = bytes(raw)
    try:
        return _decode(text) if len(text) <= LONGEST_SCALAR_BYTES else None
    except ValueError:
        return None


def _text(raw: bytes | msgspec.Raw) -> str | None:
    value = _scalar(raw)
    return value if isinstance(value, str) else None


def read_item(payload: bytes, most_bytes: int | None = None) -> Item:
    """One event from its JSON bytes; whatever is wrong with it becomes its rejection and harms no companion.

    most_bytes is INGEST_MAX_EVENT_BYTES, for callers that have looked it up for many.
    """
    item = Item(payload, None)
    most_bytes = most_bytes or settings.INGEST_MAX_EVENT_BYTES
    try:
        if len(payload) > most_bytes:
            raise Rejection("too_large", f"An event may have {most_bytes:,} bytes")
        if payload.count(b"{") + payload.count(b"[") > DEEPEST:
            _check_depth(payload)
        value, item.repaired = _read_value(payload)
        if not isinstance(value, dict):
            raise Rejection("not_an_object", "An event is a JSON object")
        item.read = value
    except Rejection as rejection:
        item.rejection = rejection
    except (ValueError, RecursionError) as error:  # msgspec.DecodeError and UnicodeDecodeError are ValueErrors
        item.rejection = Rejection("invalid_json", f"Not readable as JSON: {error}")
    return item


def _check_depth(payload: bytes) -> None:
    """Take the innermost pairs of brackets away, DEEPEST times: where some are left, it is nested more deeply.

    Brackets that do not match are left too; they are for the decoder to judge.
    """
    brackets = TEXT.sub(b"", payload).translate(ONE_KIND, NO_BRACKETS)
    if brackets.count(b"[") != brackets.count(b"]"):
        return
    for _ in range(DEEPEST):
        brackets = brackets.replace(b"[]", b"")
        if not brackets:
            return
    if brackets.startswith(b"["):
        raise Rejection("too_deep", f"An event may be nested {DEEPEST} levels")


def _read_value(payload: bytes) -> tuple[Any, bool]:
    """(value, whether it had to be repaired). The walk over all its parts is kept for the few that may need it."""
    if not _is_suspicious(payload):
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

    value = json.loads(payload.decode(), parse_constant=no_number, parse_int=_integer)
    _check_value(value, "")
    return value, repaired


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= MOST_DIGITS else math.inf


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

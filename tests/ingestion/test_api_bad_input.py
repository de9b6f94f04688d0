"""POST /api/events with what no sender should send: refused, or kept apart while its companions are stored."""

import gzip
import json

import pytest
from django.conf import settings

from ingestion.models import QuarantinedEvent

from .conftest import assert_refused, event, statuses

KILOBYTE = 1024
MEGABYTE = 1024 * KILOBYTE


def test_a_request_has_at_most_5_megabytes(post):
    most = settings.INGEST_MAX_BODY_BYTES
    good = json.dumps(event()).encode()
    assert statuses(post(b"[" + good + b" " * (most - len(good) - 2) + b"]")) == ["accepted"]
    response = post(b"[" + good + b" " * (most - len(good) - 1) + b"]")
    assert_refused(response, 413, "payload_too_large")
    assert response.json()["details"] == {"limit_bytes": most}


def test_a_packed_request_has_at_most_1_megabyte(post):
    packed = gzip.compress(json.dumps(event()).encode())
    assert_refused(post(packed + b"\0" * MEGABYTE), 413, "payload_too_large")
    assert_refused(post(gzip.compress(b"\0" * 6 * MEGABYTE)), 413, "payload_too_large")


def test_a_request_has_at_most_2500_events(post, sender):
    batch = [{"event_name": "e", "event_id": str(number)} for number in range(2_501)]
    assert statuses(post(batch[:2_500])) == ["accepted"] * 2_500
    response = post({"batch": batch})
    assert_refused(response, 413, "too_many_events")
    assert response.json()["details"] == {"limit_events": 2_500}
    assert len(sender.stored("event_id")) == 2_500


@pytest.mark.parametrize(
    "body", [b"", b" ", b"{", b"nonsense", b"a=1&b=2", b"[" * 100_000, b"\x00", b"\xff\xfe", b'{"a":}']
)
def test_a_body_that_is_no_json_is_refused(post, body):
    assert_refused(post(body), 400, "invalid_json")
    assert QuarantinedEvent.objects.count() == 0


@pytest.mark.parametrize("events", [b"{}", b'"x"', b"7", b"true"])
def test_what_should_be_a_list_and_is_none_is_refused(post, events):
    assert_refused(post(b'{"events": ' + events + b"}"), 400, "invalid_body")


def raw(field, value):
    """An event of the snake envelope with one field as these bytes of JSON."""
    return b'{"event_name": "bad", "user_id": "ada", "%b": %b}' % (field.encode(), value)


BAD = {
    "33 KB": raw("properties", b'{"a": "' + b"x" * 33 * KILOBYTE + b'"}'),
    "NUL": raw("user_id", rb'"a\u0000"'),
    "high surrogate": raw("properties", rb'{"a": "\ud83d"}'),
    "low surrogate": raw("properties", rb'{"a": "\ude00"}'),
    "surrogate in a key": raw("properties", rb'{"\ud83d": 1}'),
    "1e400": raw("properties", b'{"a": 1e400}'),
    "400 digits": raw("properties", b'{"a": ' + b"7" * 400 + b"}"),
    "200 levels": raw("properties", b'{"a": ' + b"[" * 200 + b"]" * 200 + b"}"),
    "100,000 levels": raw("properties", b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "year 99999": raw("timestamp", b'"99999-01-01T00:00:00Z"'),
    "year 1999": raw("timestamp", b'"1999-12-31T23:59:59Z"'),
    "year 1": raw("timestamp", b'"0001-01-01"'),
    "negative epoch": raw("timestamp", b"-1"),
    "epoch 0": raw("timestamp", b"0"),
    "no time": raw("timestamp", b'"soon"'),
    "boolean id": raw("user_id", b"true"),
    "fractional id": raw("user_id", b"1.5"),
    "object id": raw("user_id", b'{"id": 1}'),
    "long id": raw("user_id", b'"' + b"x" * 600 + b'"'),
    "long name": raw("event_name", b'"' + b"x" * 3_000 + b'"'),
    "empty name": raw("event_name", b'""'),
    "not UTF-8": raw("properties", b'{"a": "\xff"}'),
    "properties list": raw("properties", b"[]"),
    "properties text": raw("properties", b'"a"'),
    "context list": raw("context", b"[]"),
    "type list": b'{"type": [], "event": "e"}',
    "null": b"null",
    "a list": b"[]",
    "nothing known": b"{}",
    "no JSON": b"{'event_name': 'bad'}",
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_bad_event_is_kept_apart_and_its_companions_are_stored(post, sender, bad):
    good = [json.dumps(event("good", messageId=str(number))).encode() for number in range(2)]
    response = post(b'{"batch": [' + b",".join([good[0], bad, good[1]]) + b"]}")
    assert statuses(response) == ["accepted", "rejected", "accepted"]
    assert all(error["message"] for error in response.json()["data"]["results"][1]["errors"])
    assert sender.stored("event_type__name") == ["good", "good"]
    assert len(sender.quarantined("id")) == 1


ODD = {
    "NaN": raw("properties", b'{"a": NaN}'),
    "Infinity": raw("properties", b'{"a": -Infinity}'),
    "a number just inside the range": raw("properties", b'{"a": 1.7976931348623157e308, "b": 1%b}' % (b"0" * 308)),
    "a number too small": raw("properties", b'{"a": 1e-400}'),
    "64 bits and more": raw("properties", b'{"a": 18446744073709551616}'),
    "epoch seconds": raw("timestamp", b"1772452800"),
    "epoch milliseconds": raw("timestamp", b"1772452800123"),
    "year 9999": raw("timestamp", b'"9999-12-31T23:59:59Z"'),
    "whole float id": raw("user_id", b"7.0"),
    "empty texts": b'{"event_name":"e","user_id":"","session_id":"","event_id":"","timestamp":"","event_category":""}',
    "the same key twice": b'{"event_name": "x", "event_name": "e", "properties": {"a": 1, "a": 2}}',
    "action list": raw("properties", b'{"action": ["like"]}'),
    "nulls": b'{"event_name":"e","user_id":null,"properties":null,"context":null,"timestamp":null,"session_id":null}',
    "a surrogate pair": raw("properties", rb'{"\ud83d\ude00": "\ud83d\ude00"}'),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_an_odd_event_is_stored(post, sender, odd):
    assert statuses(post(b"[" + odd + b"]")) == ["accepted"]
    assert len(sender.stored("properties")) == 1

"""From the bytes of a request to items: what is refused as a whole, what is judged event by event."""

import gzip
import json
import time
import tracemalloc

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.payload import RequestRefused, gunzip, read_item, split

GOOD = b'{"event_name": "post_created", "user_id": "ada"}'
MEGABYTE = 1024 * 1024
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def values(payload):
    return [item.value for item in payload.items]


def reasons(payload):
    return [item.rejection and item.rejection.reason for item in payload.items]


def refusal(call, *arguments):
    with pytest.raises(RequestRefused) as refused:
        call(*arguments)
    return refused.value.status, refused.value.code


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": 1}',
        b'[{"a": 1}]',
        b'{"events": [{"a": 1}]}',
        b'{"batch": [{"a": 1}]}',
        b' \r\n\t{"batch" : [ {"a": 1} ] } \n',
        b'\xef\xbb\xbf[{"a": 1}]',
        b'{"events": null, "batch": [{"a": 1}]}',
    ],
)
def test_one_event_a_list_and_both_wrappers_hold_the_same_event(body):
    assert values(split(body)) == [{"a": 1}]


@pytest.mark.parametrize("body", [b"[]", b'{"events": []}', b'{"batch": []}'])
def test_an_empty_list_holds_no_events(body):
    assert split(body).items == []


def test_events_keep_their_order_and_their_bytes():
    payload = split(b'[{"a":1}, {"b" : 2},{"c":3}]')
    assert [item.payload for item in payload.items] == [b'{"a":1}', b'{"b" : 2}', b'{"c":3}']


def test_the_wrapper_carries_key_and_time_of_sending():
    payload = split(b'{"batch": [], "writeKey": "k", "sentAt": "2026-03-02T12:00:00Z"}')
    assert (payload.write_key, payload.sent_at) == ("k", "2026-03-02T12:00:00Z")


@pytest.mark.parametrize(
    "body",
    [
        b"[%b]" % GOOD,
        GOOD[:-1] + b', "writeKey": "k", "sentAt": "2026-03-02T12:00:00Z"}',
        b'{"batch": [%b], "sentAt": 1772452800000, "writeKey": 7}' % GOOD,
    ],
)
def test_well_formed_requests_are_read_in_one_pass(body, monkeypatch):
    """The second, slower reading is for what strict JSON refuses."""
    monkeypatch.setattr("ingestion.payload._split_lenient", None)
    assert len(split(body).items) == 1


@pytest.mark.parametrize("key", [b"7", b"null", b'["k"]', b'"\\ud800"'])
def test_a_write_key_that_is_no_text_is_none(key):
    assert split(b'{"batch": [], "writeKey": ' + key + b"}").write_key is None


def test_the_last_of_two_equal_keys_counts():
    assert values(split(b'[{"a": 1, "a": 2}]')) == [{"a": 2}]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"{",
        b"[",
        b'{"a": }',
        b'{"a": 1',
        b'[{"a": 1}',
        b'[{"a": 1}}',
        b'[{"a": 1}] and more',
        b'{"a": 1}{"b": 2}',
        b"event_name=post_created",
        b"{'a': 1}",
        b"<event/>",
        b"[" * 100_000,
        b'"' + b'\\"' * 100_000,
        b"\xff\xfe\x00",
    ],
)
def test_a_body_that_is_no_json_is_refused_as_a_whole(body):
    assert refusal(split, body) == (400, "invalid_json")


@pytest.mark.parametrize("body", [b'{"events": {"a": 1}}', b'{"batch": "a"}', b'{"batch": 1, "x": NaN}'])
def test_events_and_batch_have_to_be_lists(body):
    assert refusal(split, body) == (400, "invalid_body")


@pytest.mark.parametrize("body", [b"null", b"5", b'"text"', b"true", b"[1]", b"[[]]", b"[null]"])
def test_what_is_no_object_is_one_wrong_event(body):
    assert reasons(split(body)) == ["not_an_object"]


BAD = {
    "a NUL": (rb'{"event_name": "a\u0000b"}', "invalid_text"),
    "a NUL in a key": (rb'{"a\u0000b": 1}', "invalid_text"),
    "half a surrogate pair, high": (rb'{"a": "\ud83d"}', "invalid_text"),
    "half a surrogate pair, low": (rb'{"a": "\ude00"}', "invalid_text"),
    "half a surrogate pair in a key": (rb'{"\ud83d": 1}', "invalid_text"),
    "half a surrogate pair within a list": (rb'{"a": [["\ud83dx"]]}', "invalid_text"),
    "half a surrogate pair in UTF-8": (b'{"a": "\xed\xa0\xbd"}', "invalid_json"),
    "a raw NUL": (b'{"a": "\x00"}', "invalid_json"),
    "bytes that are not UTF-8": (b'{"a": "\xff"}', "invalid_json"),
    "a number above the range of a float": (b'{"a": 1e400}', "number_out_of_range"),
    "400 digits": (b'{"a": ' + b"9" * 400 + b"}", "number_out_of_range"),
    "5,000 digits": (b'{"a": ' + b"9" * 5000 + b"}", "number_out_of_range"),
    "33 levels": (b'{"a": ' + b"[" * 32 + b"]" * 32 + b"}", "too_deep"),
    "200 levels": (b'{"a": ' + b"[" * 200 + b"]" * 200 + b"}", "too_deep"),
    "2,000 levels": (b'{"a": ' + b"[" * 2000 + b"]" * 2000 + b"}", "too_deep"),
    "100,000 levels": (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "too_large"),
    "33 KB": (b'{"a": "' + b"x" * 33 * 1024 + b'"}', "too_large"),
    "a missing value": (b'{"a": }', "invalid_json"),
    "an unknown escape": (rb'{"a": "\x41"}', "invalid_json"),
    "a number with a leading zero": (b'{"a": 01}', "invalid_json"),
    "nothing": (b"", "invalid_json"),
}


@pytest.mark.parametrize(("bad", "reason"), BAD.values(), ids=BAD)
def test_one_bad_event_harms_no_companion(bad, reason):
    payload = split(b"[" + b",".join([GOOD, bad, GOOD]) + b"]")
    assert reasons(payload) == [None, reason, None]
    assert payload.items[1].payload == bad


@pytest.mark.parametrize("bad", [bad for bad, _ in BAD.values()], ids=BAD)
def test_an_event_is_judged_alike_beside_one_that_strict_json_refuses(bad):
    """The second reading, for NaN and the like, must not change what the first one would say of the others."""
    payload = split(b'{"batch": [{"x": NaN},' + bad + b"," + GOOD + b"]}")
    assert reasons(payload) == [None, read_item(bad).rejection.reason, None]
    assert payload.items[1].payload == bad


def test_an_event_of_non_latin_text_is_not_larger_beside_one_that_strict_json_refuses():
    event = json.dumps({"a": "ж" * 16_000}, ensure_ascii=False).encode()
    assert reasons(split(b"[" + event + b', {"x": NaN}]')) == [None, None]


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity"])
def test_no_number_becomes_null_and_is_remembered_as_repaired(number):
    item = split(b'[{"a": ' + number + b"}]").items[0]
    assert (item.value, item.repaired) == ({"a": None}, True)


@pytest.mark.parametrize(
    ("number", "value"),
    [
        (b"1.7976931348623157e308", 1.7976931348623157e308),
        (b"-1.7976931348623157e308", -1.7976931348623157e308),
        (b"1" + b"0" * 308, 10**308),
        (b"12345678901234567890123", 12345678901234567890123),
        (b"1e-400", 0.0),
        (b"5e-324", 5e-324),
    ],
)
def test_numbers_inside_the_range_of_a_float_are_kept(number, value):
    assert values(split(b'[{"a": ' + number + b"}]")) == [{"a": value}]


@pytest.mark.parametrize("text", [rb"\ud83d\ude00", "😀".encode(), rb"\\u0000", rb"\\ud800"])
def test_whole_surrogate_pairs_and_escaped_backslashes_are_text(text):
    assert read_item(b'{"a": "' + text + b'"}').rejection is None


def test_32_levels_are_not_too_deep():
    assert read_item(b'{"a": ' + b"[" * 31 + b"]" * 31 + b"}").rejection is None


@pytest.mark.parametrize(
    "broken", [b'{"a": ' + b"[" * 40 + b"]" * 39 + b"}", b"]" * 20 + b"[" * 20, b"{" * 30_000, b'"' + b"[" * 99]
)
def test_brackets_that_do_not_match_are_no_levels(broken):
    assert read_item(broken).rejection.reason == "invalid_json"


@pytest.mark.parametrize("inner", [b"[]", b"{}", b"[[],{}]", b'{"[":"]"}'])
def test_many_brackets_side_by_side_are_no_levels(inner):
    assert read_item(b'{"a": [' + b",".join([inner] * 500) + b"]}").rejection is None


@pytest.mark.parametrize(("levels", "fits"), [(32, True), (33, False), (200, False)])
def test_levels_of_both_kinds_of_brackets_count(levels, fits):
    value = {}
    for level in range(levels - 1):
        value = {"[": value} if level % 2 or level == levels - 2 else [[], {}, value, "]", {}]
    assert (read_item(msgspec.json.encode(value)).rejection is None) == fits


def test_brackets_within_text_are_no_levels():
    assert values(split(b'[{"a": "[[[\\"{{{{" , "b": "' + b"[" * 100 + b'"}]'))[0]["b"] == "[" * 100


def test_32_kilobytes_are_not_too_large():
    assert read_item(b'{"a": "' + b"x" * (32 * 1024 - 9) + b'"}').rejection is None


@pytest.mark.parametrize("start", [b"[", b'{"batch": ['])
@pytest.mark.parametrize("one", [GOOD, b'{"x": NaN}', b"1"])
def test_a_request_has_at_most_2500_events(start, one):
    end = b"]}"[: len(start.strip(b'" abcht:'))]
    assert len(split(start + b",".join([one] * 2_500) + end).items) == 2_500
    assert refusal(split, start + b",".join([one] * 2_501) + end) == (413, "too_many_events")


@pytest.mark.parametrize("one", [b"1,", b"[],", b"NaN,", b",", b'"",'])
def test_five_megabytes_of_tiny_events_are_refused_fast_and_small(one):
    body = b"[" + one * (5 * MEGABYTE // len(one) - 1) + b"1]"
    tracemalloc.start()
    started = time.perf_counter()
    assert refusal(split, body)[0] in {400, 413}
    took, (_, peak) = time.perf_counter() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert took < 10, "with tracemalloc, which makes it several times slower"
    assert peak < 40 * MEGABYTE


@pytest.mark.parametrize("field", ["writeKey", "sentAt"])
@pytest.mark.parametrize("strange", ["", ', "x": NaN'])
def test_a_long_list_where_a_word_should_be_is_taken_for_nothing(field, strange):
    long = "[" + "{}," * 50_000 + "{}]"
    body = f'{{"batch": [], "{field}": {long}{strange}}}'.encode()
    tracemalloc.start()
    payload = split(body)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (payload.write_key, payload.sent_at) == (None, None)
    assert peak < MEGABYTE


def test_gzip_is_unpacked():
    assert gunzip(gzip.compress(GOOD), 1_000) == GOOD
    assert gunzip(gzip.compress(b""), 1_000) == b""


def test_unpacked_bytes_may_be_just_as_many_as_allowed():
    assert gunzip(gzip.compress(b"x" * 1_000), 1_000) == b"x" * 1_000
    assert refusal(gunzip, gzip.compress(b"x" * 1_001), 1_000) == (413, "payload_too_large")


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(GOOD, mtime=0)[:-1],
        gzip.compress(GOOD, mtime=0)[:-8],
        gzip.compress(GOOD, mtime=0)[:12],
        gzip.compress(GOOD, mtime=0)[:-8] + b"\0" * 8,
        b"\x1f\x8b",
        b"\x1f\x8b" + b"x" * 50,
        b"",
        GOOD,
    ],
)
def test_broken_gzip_is_refused(packed):
    assert refusal(gunzip, packed, 1_000) == (400, "invalid_gzip")


@pytest.mark.parametrize("rest", [gzip.compress(GOOD, mtime=0), b"x"])
def test_what_follows_the_gzip_is_not_dropped_in_silence(rest):
    assert refusal(gunzip, gzip.compress(GOOD) + rest, 1_000) == (400, "invalid_gzip")


def test_a_gzip_bomb_costs_no_memory():
    bomb = gzip.compress(b"\0" * 100 * MEGABYTE)
    tracemalloc.start()
    assert refusal(gunzip, bomb, 5 * MEGABYTE) == (413, "payload_too_large")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20 * MEGABYTE


def read_or_refuse(body):
    """What is refused is refused with a status that clients.md knows."""
    try:
        payload = split(body)
    except RequestRefused as refused:
        assert refused.status in {400, 413}  # noqa: PT017 not every body is refused
        return
    assert_sound(payload)


def assert_sound(payload):
    for item in payload.items:
        assert (item.value is None) == (item.rejection is not None)
        if item.value is not None:
            text = json.dumps(item.value, ensure_ascii=False, allow_nan=False)
            assert "\\u0000" not in text.replace("\\\\", "")
            text.encode()


@given(st.binary() | st.text().map(str.encode) | ANY_JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_refused(body):
    read_or_refuse(body)


@given(st.binary())
def test_any_bytes_are_unpacked_or_refused(packed):
    for body in (packed, b"\x1f\x8b\x08\x00" + packed):
        try:
            gunzip(body, 1_000)
        except RequestRefused as refused:
            assert refused.status in {400, 413}  # noqa: PT017 not every body is refused


@given(
    st.lists(st.dictionaries(st.text(), ANY_JSON) | ANY_JSON, max_size=4),
    st.sampled_from(["%s", '{"events": %s}']),
    st.booleans(),
)
def test_a_list_has_as_many_items_as_events_and_each_is_judged_as_if_alone(events, form, strange):
    texts = [json.dumps(event) for event in events] + ['{"x": NaN}'] * strange
    payload = split((form % f"[{', '.join(texts)}]").encode())
    assert_sound(payload)
    alone = [read_item(text.encode()) for text in texts]
    assert [(item.payload, item.value, item.repaired) for item in payload.items] == [
        (item.payload, item.value, item.repaired) for item in alone
    ]


@given(st.data())
def test_a_damaged_body_is_read_or_refused(data):
    body = bytearray(b'{"batch": [%b, {"type": "track", "event": "\\ud83d\\ude00"}], "sentAt": null}' % GOOD)
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(body) - 1))
        body[position : position + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    read_or_refuse(bytes(body))

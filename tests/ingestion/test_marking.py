"""The lines of a payload that an error points at are marked, and no others."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.marking import marked_lines

EVENT = {"event": "post_created", "properties": {"mood": 7, "tags": ["a", {"b/c": [], "d~e": {}}], "none": None}}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


def marked(value, *paths):
    return [line.text.strip() for line in marked_lines(value, paths) if line.marked]


@given(JSON, st.lists(st.text(max_size=8), max_size=3))
def test_it_is_the_same_json_whatever_is_marked(value, paths):
    lines = marked_lines(value, [f"/{path}" for path in paths])
    assert "\n".join(line.text for line in lines) == json.dumps(value, indent=2, ensure_ascii=False)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("", "{"),
        ("/event", '"event": "post_created",'),
        ("/properties/mood", '"mood": 7,'),
        ("/properties/tags/0", '"a",'),
        ("/properties/tags/1/b~1c", '"b/c": [],'),
        ("/properties/tags/1/d~0e", '"d~e": {}'),
        ("/properties/none", '"none": null'),
        ("/properties/missing/deeper", '"properties": {'),
        ("/properties/tags/9", '"tags": ['),
        ("/properties/mood/below", '"mood": 7,'),
        ("/nowhere", "{"),
    ],
)
def test_the_place_is_marked_or_what_it_is_missing_in(path, line):
    assert marked(EVENT, path) == [line]


def test_several_places_are_marked_each_once():
    assert marked(EVENT, "/event", "/properties", "/properties", "/properties/mood") == [
        '"event": "post_created",',
        '"properties": {',
        '"mood": 7,',
    ]
    assert marked(EVENT) == []


@pytest.mark.parametrize(
    ("value", "path", "line"),
    [
        ({"eventName": "a", "data": {"mood": 7}}, "/properties/mood", '"mood": 7'),
        ({"type": "identify", "traits": {"age": "x"}}, "/properties/age", '"age": "x"'),
        ({"type": "track", "properties": None, "traits": {"a": 1}}, "/properties/a", '"a": 1'),
        ({"originalTimestamp": "1999", "timestamp": "2026"}, "/timestamp", '"originalTimestamp": "1999",'),
        ({"timestamp": "1999"}, "/timestamp", '"timestamp": "1999"'),
    ],
)
def test_envelopes_that_call_it_otherwise_are_marked_where_it_stands(value, path, line):
    assert marked(value, path) == [line]


@pytest.mark.parametrize("value", [None, 5, "x", [], {}, "\ud800"])
def test_a_single_value_is_one_line(value):
    assert len(marked_lines(value, ["/a/b"])) == 1

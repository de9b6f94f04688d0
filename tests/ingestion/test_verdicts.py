"""What the editor of a schema says while somebody writes."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.schemas import KEYWORDS
from ingestion.verdicts import attempt, judge
from tests.factories.ingestion import EventTypeFactory

from .samples import SAMPLES

BEFORE = {"type": "object", "properties": {"a": {"type": "string"}}}
SCHEMA = {"type": "object", "properties": {"post_id": {"type": "string"}}, "required": ["post_id"]}


def test_a_text_that_cannot_be_read_is_told_with_its_line():
    verdict = judge('{\n  "a": 1,\n  b\n}', None)
    assert (verdict.line, verdict.schema) == (3, None)
    assert "line 3, column 3" in verdict.unreadable
    assert judge('{"a": 1, "a": 2}', None).line is None


def test_what_is_wrong_comes_before_what_changes():
    verdict = judge('{"type": "nope"}', BEFORE)
    assert [problem.path for problem in verdict.problems] == ["/type"]
    assert (verdict.changes, verdict.schema) == ([], None)


def test_changes_and_remarks_are_told():
    verdict = judge('{"type": "object", "titel": "x"}', BEFORE)
    assert [str(change) for change in verdict.changes] == ["/a: is gone"]
    assert verdict.breaks
    assert [remark.path for remark in verdict.remarks] == ["/titel"]
    assert not judge(json.dumps(BEFORE), BEFORE).breaks
    assert judge("{}", None).changes == []


WORDS = ["type", "object", "enum", "minimum", "multipleOf", "$ref", "#", "#/$defs/a", "$defs", "a", "properties"]
ANY = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.sampled_from(WORDS)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(sorted(KEYWORDS)), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=500, deadline=None)
@given(ANY, ANY, ANY, st.text(max_size=20))
def test_nothing_that_is_written_breaks_the_judge(first, second, sample, text):
    earlier = judge(json.dumps(first), None).schema
    verdict = judge(json.dumps(second), earlier, {"object_id": ["/a/b"]})
    kind = EventTypeFactory.build(pk=1, name="post_created")
    for given_text in (json.dumps(sample), text):
        judge(given_text, verdict.schema)
        attempt(given_text, verdict.schema or {}, kind)


@pytest.fixture
def kind():
    return EventTypeFactory.build(pk=1, name="post_created", pointers={"object_id": ["/post_id"], "value": ["/points"]})


@pytest.mark.parametrize("envelope", SAMPLES)
def test_a_whole_event_of_any_envelope_is_tried_by_its_properties(kind, envelope):
    tried = attempt(json.dumps(SAMPLES[envelope]), SCHEMA, kind)
    assert (tried.whole, tried.name, tried.errors) == (True, "post_created", [])
    assert tried.found == [("object_id", "p1"), ("value", None)]


def test_properties_alone_are_tried(kind):
    tried = attempt('{"post_id": 5, "points": 2}', SCHEMA, kind)
    assert (tried.whole, tried.found) == (False, [("object_id", 5), ("value", 2)])
    assert tried.errors == [{"path": "/properties/post_id", "message": '5 is not of type "string"'}]


def test_properties_that_are_named_like_a_field_of_an_envelope_are_properties(kind):
    tried = attempt('{"type": "photo", "post_id": "p1"}', SCHEMA, kind)
    assert (tried.whole, tried.errors) == (False, [])


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [("{\n x}", "line 2", 2), ("[1]", "is a JSON object", None), ('{"a": NaN}', "NaN", None)],
)
def test_a_payload_that_cannot_be_read_is_told(kind, text, message, line):
    tried = attempt(text, SCHEMA, kind)
    assert message in tried.unreadable
    assert tried.line == line


def test_pointers_that_lead_nowhere_are_remarked():
    schema = {
        "$defs": {"post": {"type": "object"}},
        "properties": {"id": {}, "by": {"properties": {"id": {}}}, "post": {"$ref": "#/$defs/post"}, "open": {}},
    }
    pointers = {"object_id": ["/id", "/ID", "/post/id", "/open/id"], "object_author": ["/by/id", "/by/name"]}
    assert [str(remark) for remark in judge(json.dumps(schema), None, pointers).remarks] == [
        "/ID: The pointer of object_id leads to no field of the schema",
        "/by/name: The pointer of object_author leads to no field of the schema",
    ]

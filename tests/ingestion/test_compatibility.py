"""What a new version of a schema breaks, by the rules of events.md, and that nothing it calls compatible does."""

import copy

import jsonschema_rs
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ingestion.compatibility import breaking, changes


def said(before, after):
    return [(change.path, change.message, change.breaking) for change in changes(before, after)]


def of(**properties):
    return {"type": "object", "properties": properties}


STRING, NUMBER, INTEGER = {"type": "string"}, {"type": "number"}, {"type": "integer"}
REASON = {"type": "string", "enum": ["spam", "other"]}

COMPATIBLE = {
    "the same": (of(a=STRING), of(a=STRING), []),
    "a description": (of(a=STRING), of(a=STRING | {"description": "What it is.", "examples": ["x"]}), []),
    "a word that checks nothing": (of(), of() | {"x-owner": "Data"}, []),
    "an optional field": (of(), of(a=STRING), [("/a", "is new and optional", False)]),
    "a field inside of a field": (of(a=of()), of(a=of(b=STRING)), [("/a/b", "is new and optional", False)]),
    "no longer required": (
        of(a=STRING) | {"required": ["a"]},
        of(a=STRING),
        [("/a", "is no longer required", False)],
    ),
    "one more type": (of(a=STRING), of(a={"type": ["string", "null"]}), [("/a", "may be null too", False)]),
    "numbers for whole numbers": (of(a=INTEGER), of(a=NUMBER), [("/a", "may be number too", False)]),
    "one more value": (
        of(a=REASON),
        of(a=REASON | {"enum": ["spam", "rude", "other"]}),
        [("/a", 'may be "rude" too', False)],
    ),
    "any value": (of(a=REASON), of(a=STRING), [("/a", "may have values that were not listed", False)]),
    "a wider range": (
        of(a=INTEGER | {"minimum": 1, "maximum": 5}),
        of(a=INTEGER | {"minimum": 0, "maximum": 10}),
        [("/a", "its maximum is wider", False), ("/a", "its minimum is wider", False)],
    ),
    "longer text": (of(a=STRING | {"maxLength": 5}), of(a=STRING | {"maxLength": 9}), []),
    "a bound of another type": (of(a=STRING), of(a={"type": ["string", "integer"], "minimum": 1}), None),
    "moved to $defs": (
        of(a=REASON),
        {"$defs": {"r": REASON}, "type": "object", "properties": {"a": {"$ref": "#/$defs/r"}}},
        [],
    ),
    "a coarser step": (of(a=INTEGER | {"multipleOf": 10}), of(a=INTEGER | {"multipleOf": 5}), []),
    "one more alternative": (of(a={"anyOf": [STRING]}), of(a={"anyOf": [STRING, NUMBER]}), []),
}


@pytest.mark.parametrize("name", COMPATIBLE)
def test_is_compatible(name):
    before, after, expected = COMPATIBLE[name]
    assert breaking(before, after) == []
    assert expected is None or said(before, after) == expected


BREAKING = {
    "a field is gone": (of(a=STRING), of(), ("/a", "is gone")),
    "a field is renamed": (of(a=STRING), of(b=STRING), ("/a", "is gone")),
    "a field inside of a field is gone": (of(a=of(b=STRING)), of(a=of()), ("/a/b", "is gone")),
    "another type": (of(a=STRING), of(a=INTEGER), ("/a", "may no longer be string")),
    "fewer types": (of(a={"type": ["string", "null"]}), of(a=STRING), ("/a", "may no longer be null")),
    "whole numbers for numbers": (of(a=NUMBER), of(a=INTEGER), ("/a", "may no longer be number")),
    "a type where there was none": (of(a={}), of(a=STRING), ("/a", "may only be string now")),
    "a required field": (of(a=STRING), of(a=STRING) | {"required": ["a"]}, ("/a", "is required now")),
    "a new required field": (of(), of(a=STRING) | {"required": ["a"]}, ("/a", "is required now")),
    "fewer values": (of(a=REASON), of(a=REASON | {"enum": ["spam"]}), ("/a", 'may no longer be "other"')),
    "values where there were none": (of(a=STRING), of(a=REASON), ("/a", "may only be one of 2 values now")),
    "one value only": (of(a=REASON), of(a={"type": "string", "const": "spam"}), ("/a", 'may no longer be "other"')),
    "a higher minimum": (
        of(a=INTEGER | {"minimum": 0}),
        of(a=INTEGER | {"minimum": 1}),
        ("/a", "minimum is 1 now"),
    ),
    "the minimum left out": (
        of(a=NUMBER | {"minimum": 0}),
        of(a=NUMBER | {"exclusiveMinimum": 0}),
        ("/a", "exclusiveMinimum is 0 now"),
    ),
    "a maximum where there was none": (of(a=INTEGER), of(a=INTEGER | {"maximum": 5}), ("/a", "maximum is 5 now")),
    "a finer step": (of(a=INTEGER), of(a=INTEGER | {"multipleOf": 5}), ("/a", "multipleOf is 5 now")),
    "shorter text": (
        of(a=STRING | {"maxLength": 9}),
        of(a=STRING | {"maxLength": 5}),
        ("/a", "maxLength is 5 now"),
    ),
    "longer text at least": (of(a=STRING), of(a=STRING | {"minLength": 1}), ("/a", "minLength is 1 now")),
    "a pattern": (
        of(a=STRING),
        of(a=STRING | {"pattern": "^x"}),
        ("/a", '"pattern" is new or other than before, which cannot be judged'),
    ),
    "closed": (
        of(a=STRING),
        of(a=STRING) | {"additionalProperties": False},
        ("", "may no longer have fields that are not declared"),
    ),
    "another field where the rest was typed": (
        of() | {"additionalProperties": STRING},
        of(a=NUMBER) | {"additionalProperties": STRING},
        ("/a", "may no longer be string"),
    ),
    "another field where a pattern typed it": (
        of() | {"patternProperties": {"^a": STRING}},
        of(a=NUMBER) | {"patternProperties": {"^a": STRING}},
        ("/a", "may no longer be string"),
    ),
    "items of another type": (
        of(a={"type": "array", "items": STRING}),
        of(a={"type": "array", "items": NUMBER}),
        ("/a/*", "may no longer be string"),
    ),
    "no item twice": (
        of(a={"type": "array"}),
        of(a={"type": "array", "uniqueItems": True}),
        ("/a", "may no longer hold the same item twice"),
    ),
    "behind a reference": (
        {"$defs": {"r": REASON}, "properties": {"a": {"$ref": "#/$defs/r"}}},
        {"$defs": {"r": REASON | {"enum": ["spam"]}}, "properties": {"a": {"$ref": "#/$defs/r"}}},
        ("/a", 'may no longer be "other"'),
    ),
    "behind a reference within what is compared as a whole": (
        {"$defs": {"r": STRING}, "not": {"$ref": "#/$defs/r"}},
        {"$defs": {"r": NUMBER}, "not": {"$ref": "#/$defs/r"}},
        ("", '"not" is new or other than before, which cannot be judged'),
    ),
    "an alternative is gone": (
        of(a={"anyOf": [STRING, NUMBER]}),
        of(a={"anyOf": [STRING]}),
        ("/a", 'an alternative of "anyOf" is gone or other than before'),
    ),
    "a further condition": (of(a=STRING), of(a={"type": "string", "allOf": [{"minLength": 3}]}), None),
    "a dependency of an older draft": (of(), of() | {"dependencies": {"a": ["b"]}}, None),
    "forbidden": (of(a=STRING), of(a=False), ("/a", "may no longer be there")),
    "conditions": (of(), of() | {"if": {"required": ["a"]}, "then": {"required": ["b"]}}, None),
}


@pytest.mark.parametrize("name", BREAKING)
def test_breaks(name):
    before, after, expected = BREAKING[name]
    found = [(change.path, change.message) for change in breaking(before, after)]
    assert found
    assert expected is None or expected in found


def test_a_schema_that_refers_to_itself_is_compared():
    before = {"properties": {"reply": {"$ref": "#"}, "other": {"$ref": "#"}, "text": STRING}}
    after = {"properties": {"reply": {"$ref": "#"}, "other": {"$ref": "#"}, "text": NUMBER}}
    assert ("/text", "may no longer be string") in [(c.path, c.message) for c in breaking(before, after)]
    circle = {
        "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}},
        "properties": {"x": {"$ref": "#/$defs/a"}},
    }
    assert breaking(circle, circle) == []


def test_breaking_changes_come_first():
    found = changes(of(b=STRING), of(a=STRING))
    assert [(change.path, change.breaking) for change in found] == [("/b", True), ("/a", False)]
    assert [str(change) for change in found] == ["/b: is gone", "/a: is new and optional"]


KINDS = ["string", "integer", "number", "boolean", "null"]
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from([-1.5, 0.5, 2.5]), st.sampled_from(["", "a", "bcd"])
)
LEAVES = st.fixed_dictionaries(
    {},
    optional={
        "type": st.lists(st.sampled_from(KINDS), min_size=1, max_size=3, unique=True),
        "enum": st.lists(SCALARS, min_size=1, max_size=4, unique_by=repr),
        "minimum": st.integers(-2, 2),
        "exclusiveMinimum": st.integers(-2, 2),
        "maximum": st.integers(-2, 2),
        "exclusiveMaximum": st.integers(-2, 2),
        "multipleOf": st.integers(1, 3),
        "minLength": st.integers(0, 2),
        "maxLength": st.integers(0, 3),
    },
)
NAMES = st.sampled_from(["a", "b", "c"])
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.fixed_dictionaries(
            {"type": st.just("object"), "additionalProperties": st.one_of(st.just(False), inner)},
            optional={
                "properties": st.dictionaries(NAMES, inner, max_size=3),
                "required": st.lists(NAMES, max_size=2, unique=True),
            },
        ),
        st.fixed_dictionaries({"type": st.just("array"), "items": inner}, optional={"maxItems": st.integers(0, 3)}),
    ),
    max_leaves=4,
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=5,
)


def parts(schema):
    """The schema and those within it."""
    yield schema
    inner = [schema.get("items"), schema.get("additionalProperties"), *schema.get("properties", {}).values()]
    for part in inner:
        if isinstance(part, dict):
            yield from parts(part)


@st.composite
def steps(draw):
    """A schema that is closed at every level, and what an edit of one of its parts makes of it.

    Closed, because a new optional field is compatible by rule although nobody knows what was sent under its name.
    """
    before = draw(SCHEMAS)
    for part in parts(before):
        if "type" not in part or "object" in part["type"]:
            part["additionalProperties"] = part.get("additionalProperties") or False
    after = copy.deepcopy(before)
    part, other = draw(st.sampled_from(list(parts(after)))), draw(SCHEMAS)
    for keyword in draw(st.sets(st.sampled_from(sorted(part)))) if part else ():
        del part[keyword]
    for keyword in draw(st.sets(st.sampled_from(sorted(other)))) if other else ():
        part[keyword] = other[keyword]
    return before, after


@settings(max_examples=300, deadline=None)
@given(steps(), st.lists(VALUES, min_size=3, max_size=6))
def test_what_passed_a_closed_schema_passes_every_one_that_is_called_compatible(step, values):
    before, after = step
    assume(not breaking(before, after))
    earlier, later = jsonschema_rs.Draft202012Validator(before), jsonschema_rs.Draft202012Validator(after)
    assert [value for value in values if earlier.is_valid(value) and not later.is_valid(value)] == []

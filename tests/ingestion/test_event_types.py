"""What an event type does with properties: its schema judges them, its pointers find values in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.event_types import TypeInfo, compile_pointers, compile_schema

SCHEMA = {
    "type": "object",
    "properties": {
        "post_id": {"type": ["string", "integer"]},
        "mood": {"type": "integer", "minimum": 1, "maximum": 10},
        "tags": {"type": "array", "items": {"type": "string"}},
        "a/b": {"type": "string"},
    },
    "required": ["post_id"],
}
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**300), 10**300) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def a_type(schema=None, pointers=None):
    return TypeInfo(
        id=1,
        name="post_created",
        kind="track",
        category="user_action",
        counts_as="",
        pointers=compile_pointers(pointers or {}),
        validator=None if schema is None else compile_schema(schema),
    )


def test_without_a_schema_every_property_passes():
    assert a_type().errors({"anything": [1, {"goes": None}]}) == []


def test_properties_that_pass_have_no_errors():
    assert a_type(SCHEMA).errors({"post_id": "p1", "mood": 10, "tags": ["a"], "more": {}}) == []


def test_each_error_names_its_path_and_what_is_wrong():
    errors = a_type(SCHEMA).errors({"mood": 11, "tags": ["a", 7]})
    assert sorted((error["path"], error["message"]) for error in errors) == [
        ("/properties", '"post_id" is a required property'),
        ("/properties/mood", "11 is greater than the maximum of 10"),
        ("/properties/tags/1", '7 is not of type "string"'),
    ]


def test_a_slash_and_a_tilde_in_a_key_are_escaped_in_the_path():
    schema = {"properties": {"a/b": {"type": "null"}, "c~d": {"type": "null"}}}
    errors = a_type(schema).errors({"a/b": 1, "c~d": 1})
    assert sorted(error["path"] for error in errors) == ["/properties/a~1b", "/properties/c~0d"]


def test_at_most_ten_errors_of_at_most_300_characters_are_told():
    errors = a_type({"additionalProperties": {"type": "null"}}).errors({str(n): "x" * 5_000 for n in range(50)})
    assert len(errors) == 10
    assert all(len(error["message"]) <= 300 for error in errors)


@pytest.mark.parametrize("schema", [{"type": "nothing"}, {"type": 7}, {"required": "a"}, {"pattern": "("}])
def test_a_wrong_schema_is_a_value_error(schema):
    with pytest.raises(ValueError, match=r"."):
        compile_schema(schema)


@given(ANY_JSON.filter(lambda value: isinstance(value, dict)) | st.fixed_dictionaries({"mood": ANY_JSON}))
def test_any_properties_can_be_judged(properties):
    assert all(error.keys() == {"path", "message"} for error in a_type(SCHEMA).errors(properties))


@pytest.mark.parametrize(
    ("pointer", "properties", "found"),
    [
        ("/post_id", {"post_id": "p1"}, "p1"),
        ("/post/id", {"post": {"id": 7}}, 7),
        ("/post/id", {"post": "p1"}, None),
        ("/post/id", {"post": None}, None),
        ("/post/0", {"post": ["p1"]}, None),
        ("/a~1b", {"a/b": 1}, 1),
        ("/c~0d", {"c~d": 1}, 1),
        ("/~01", {"~1": 1}, 1),
        ("/", {"": 1}, 1),
        ("/n", {"n": 0}, 0),
        ("/n", {"n": False}, False),
        ("/missing", {}, None),
    ],
)
def test_a_pointer_finds_its_value_or_none(pointer, properties, found):
    assert a_type(pointers={"object_id": [pointer]}).point("object_id", properties) == found


def test_the_first_pointer_that_finds_something_wins():
    kind = a_type(pointers={"object_id": ["/post_id", "/postId"]})
    assert kind.point("object_id", {"postId": "b"}) == "b"
    assert kind.point("object_id", {"post_id": None, "postId": "b"}) == "b"
    assert kind.point("object_id", {"post_id": "a", "postId": "b"}) == "a"


def test_a_field_without_pointers_is_none():
    assert a_type().point("value", {"value": 3}) is None


@pytest.mark.parametrize("reference", ["http://127.0.0.1:9/schema", "file:///etc/passwd", "other.json"])
def test_a_schema_may_not_refer_outside_itself(reference):
    with pytest.raises(ValueError, match=r"own parts|not present in a registry"):
        compile_schema({"type": "object", "properties": {"a": {"$ref": reference}}})


def test_a_schema_may_refer_to_its_own_parts():
    validator = compile_schema({"properties": {"a": {"$ref": "#/$defs/id"}}, "$defs": {"id": {"type": "string"}}})
    assert (validator.is_valid({"a": "x"}), validator.is_valid({"a": 1})) == (True, False)

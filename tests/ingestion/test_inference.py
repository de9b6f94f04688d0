"""A schema made from what was seen."""

import jsonschema_rs
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.inference import fields_of, schema_of
from ingestion.schemas import problems, remarks


def shapes(*samples):
    properties = schema_of(samples)["properties"]
    return {
        name: {key: value for key, value in one.items() if key != "description"} for name, one in properties.items()
    }


def test_every_field_is_there_with_its_types_and_may_be_null():
    assert shapes({"a": "x", "b": 1, "c": 1.5, "d": True, "e": None}, {"a": "y", "b": 2.0, "c": 2}) == {
        "a": {"type": ["string", "null"]},
        "b": {"type": ["integer", "null"]},
        "c": {"type": ["number", "null"]},
        "d": {"type": ["boolean", "null"]},
    }


def test_lists_and_objects_are_looked_into():
    assert shapes({"tags": ["a"], "post": {"id": 1, "by": {"x": "y"}}}, {"tags": [1, None], "post": {"id": "p"}}) == {
        "tags": {"type": ["array", "null"], "items": {"type": ["string", "integer", "null"]}},
        "post": {
            "type": ["object", "null"],
            "properties": {
                "id": {"type": ["string", "integer"]},
                "by": {"type": "object", "properties": {"x": {"type": "string"}}},
            },
        },
    }


def test_how_often_a_field_was_seen_is_told():
    properties = schema_of([{"a": 1}, {"a": "x"}, {"a": 2}, {}])["properties"]
    assert properties["a"]["description"] == "Seen in 3 of 4 events: string (1), integer (2)."
    assert schema_of([{"a": 1}])["properties"]["a"]["description"] == "Seen in 1 of 1 events."


def test_the_most_frequent_fields_come_first():
    assert [(seen.name, seen.words) for seen in fields_of([{"a": 1, "b": 2}, {"b": 2}])] == [
        ("b", "integer"),
        ("a", "integer"),
    ]


def test_names_that_are_data_are_no_fields():
    samples = [{"ada@example.com": 1, "1234567": 1, "votes": {"4f9d3c1e-8a70-4a7c": 1}, "x" * 65: 1, "": 1}]
    assert shapes(*samples) == {"votes": {"type": ["object", "null"]}}


def test_no_value_gets_into_it():
    text = str(schema_of([{"note": "secret words", "n": 4711, "deep": {"l": ["more secret"]}}]))
    assert "secret" not in text
    assert "4711" not in text


def test_there_is_an_end_to_fields():
    schema = schema_of([{f"field_{letter}{other}": 1 for letter in "abcdefghijkl" for other in "abcdefghijkl"}])
    assert len(schema["properties"]) == 100


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=10,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(["a", "b", "é", "a/b"]) | st.text(), JSON, max_size=4), max_size=4))
def test_it_is_valid_and_lets_pass_all_that_was_seen(samples):
    schema = schema_of(samples)
    assert (problems(schema), remarks(schema)) == ([], [])
    validator = jsonschema_rs.Draft202012Validator(schema)
    assert all(validator.is_valid(sample) for sample in samples)

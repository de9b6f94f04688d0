"""Schemas that people write: read strictly, checked by the dialect that ingestion uses, errors with their places."""

import json

import pytest

from ingestion import catalog
from ingestion.json_text import LONGEST_TEXT, Unreadable, formatted, read
from ingestion.schemas import MOST_PROBLEMS, ordered, problems, remarks


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": }', "Not JSON: Expecting value, line 1, column 7"),
        ('{\n  "a": 1,\n}', "line 3, column 1"),
        ('{"a": 1, "a": 2}', '"a" stands twice in one object'),
        ('{"a": NaN}', "NaN is no number of JSON"),
        ('{"a": 1e999}', "1e999 does not fit a 64-bit float"),
        (r'{"a": "\u0000"}', "It holds NUL"),
        (r'{"a": "\ud800"}', "half a surrogate pair"),
        ("[" * 50_000, "nested too deeply"),
        ('{"a":' * 64 + "1" + "}" * 64, "It may be nested 64 levels"),
        ("1" * 309, "too many digits"),
        (" " * LONGEST_TEXT + "1", "It may have 100,000 characters"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text, message):
    with pytest.raises(Unreadable) as refused:
        read(text)
    assert message in str(refused.value)


def test_json_is_read_as_it_is():
    assert read(' {"a": [1, 2.5, null, "\\u00e9"]} ') == {"a": [1, 2.5, None, "é"]}


@pytest.mark.parametrize(
    ("schema", "path", "message"),
    [
        (5, "", "A schema is a JSON object"),
        ({"type": "nope"}, "/type", '"nope" is not valid'),
        ({"properties": {"a/b": {"minimum": "x"}}}, "/properties/a~1b/minimum", '"x" is not of type "number"'),
        ({"properties": {"a": {"pattern": "(("}}}, "/properties/a/pattern", '"((" is no pattern'),
        ({"properties": {"a": {"pattern": "(?=a)b"}}}, "/properties/a/pattern", "lookahead"),
        ({"patternProperties": {r"(a)\1": {}}}, "/patternProperties", "references back"),
        ({"$ref": "#/nowhere"}, "", "nowhere"),
        ({"$ref": "http://127.0.0.1:1/schema"}, "/$ref", "lies outside of the schema"),
        ({"not": {"allOf": [{"$ref": "file:///etc/passwd"}]}}, "/not/allOf/0/$ref", "lies outside of the schema"),
        ({"dependencies": {"a": {"$ref": "x.json"}}}, "/dependencies/a/$ref", "lies outside of the schema"),
        ({"properties": {"a": {"$ref": "#name"}}}, "/properties/a/$ref", "such as #/$defs/id"),
        ({"properties": {"a": {"$dynamicRef": "#a"}}}, "/properties/a/$dynamicRef", "such as #/$defs/id"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "/$schema", "JSON Schema 2020-12"),
        ({"type": "string"}, "/type", 'has to allow "object"'),
    ],
)
def test_a_wrong_schema_is_told_with_its_place(schema, path, message):
    (problem, *_) = problems(schema)
    assert problem.path == path
    assert message in problem.message


def test_every_mistake_is_told_up_to_some():
    schema = {"properties": {f"p{number}": {"type": "text"} for number in range(50)}}
    assert len(problems(schema)) == MOST_PROBLEMS
    assert {problem.path for problem in problems({"type": "x", "required": "a"})} == {"/required", "/type"}


@pytest.mark.parametrize("system", catalog.SYSTEMS)
def test_the_shipped_schemas_are_without_fault(system):
    for entry in catalog.declared(system):
        assert (problems(entry["schema"]), remarks(entry["schema"])) == ([], [])


def test_keywords_that_check_nothing_are_remarked():
    schema = {"type": "object", "propertes": {}, "properties": {"a": {"x-origin": 1}}, "required": ["b"]}
    assert [str(remark) for remark in remarks(schema)] == [
        '/propertes: Not a keyword of JSON Schema, so it checks nothing; is "properties" meant?',
        '/required: "b" is not among the properties',
        "/properties/a/x-origin: Not a keyword of JSON Schema, so it checks nothing",
    ]


def test_a_property_may_be_named_like_a_keyword():
    schema = {"properties": {"$ref": {"type": "string"}, "required": {"type": "boolean"}}, "examples": [{"$ref": "x"}]}
    assert (problems(schema), remarks(schema)) == ([], [])
    assert problems(json.loads(json.dumps(schema))) == []


def test_a_schema_is_shown_in_the_order_people_read():
    schema = {
        "properties": {"b": {"maximum": 5, "type": "integer", "description": "B."}, "a": {"enum": [2, 1]}},
        "required": ["b"],
        "x": {"b": 1, "a": 2},
        "type": "object",
    }
    assert json.dumps(ordered(schema)) == json.dumps(
        {
            "type": "object",
            "required": ["b"],
            "properties": {"a": {"enum": [2, 1]}, "b": {"description": "B.", "type": "integer", "maximum": 5}},
            "x": {"b": 1, "a": 2},
        }
    )


def test_what_is_short_stays_on_one_line():
    value = {"type": ["string", "null"], "none": {}, "é": {"a": {"b": 1}}, "long": ["x" * 30, "y" * 30, "z" * 30]}
    text = formatted(value)
    assert json.loads(text) == value
    assert text.splitlines()[:6] == [
        "{",
        '  "type": ["string", "null"],',
        '  "none": {},',
        '  "é": {',
        '    "a": {"b": 1}',
        "  },",
    ]
    assert len(text.splitlines()) == 12


@pytest.mark.parametrize("system", catalog.SYSTEMS)
def test_order_and_format_change_nothing_else(system):
    for entry in catalog.declared(system):
        assert json.loads(formatted(ordered(entry["schema"]))) == entry["schema"]

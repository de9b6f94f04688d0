"""JSON Schemas as people write them, checked before they judge an event. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import jsonschema_rs

from ingestion.event_types import compile_schema

Json = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MOST_PROBLEMS = 20
ORDER = ("$schema", "$ref", "title", "description", "type", "const", "enum", "required", "properties", "items")
# Keywords whose value is one schema, a list of schemas, or schemas by name.
ONE = frozenset(
    {
        *("additionalProperties", "unevaluatedProperties", "propertyNames", "items", "unevaluatedItems", "contains"),
        *("not", "if", "then", "else", "contentSchema"),
    }
)
SEVERAL = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
# The last two are of older drafts, and work still.
NAMED = frozenset({"properties", "patternProperties", "$defs", "dependentSchemas", "definitions", "dependencies"})
# What only describes.
ANNOTATIONS = frozenset(
    {
        *("title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "format"),
        *("contentEncoding", "contentMediaType", "contentSchema"),
        *("$comment", "$schema", "$id", "$anchor", "$dynamicAnchor", "$vocabulary", "$defs", "definitions"),
    }
)
KEYWORDS = (
    ANNOTATIONS
    | ONE
    | SEVERAL
    | NAMED
    | {
        *("type", "enum", "const", "required", "dependentRequired", "$ref", "$dynamicRef"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minLength", "maxLength", "pattern"),
        *("minItems", "maxItems", "uniqueItems", "minContains", "maxContains"),
        *("minProperties", "maxProperties"),
    }
)
_meta = jsonschema_rs.Draft202012Validator({"$ref": DIALECT})


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where: a JSON pointer into the text, "" for the whole."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


def pointer(*steps: object) -> str:
    """RFC 6901."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def problems(schema: Any) -> list[Problem]:
    """Why a value cannot be the schema of an event's properties; [] when it can. At most MOST_PROBLEMS."""
    if not isinstance(schema, dict):
        return [Problem("", 'A schema is a JSON object such as {"type": "object"}')]
    found = (
        list(_of_the_dialect(schema)) or [*_of_references(schema), *_of_patterns(schema)] or list(_of_the_whole(schema))
    )
    return found[:MOST_PROBLEMS]


def _of_the_dialect(schema: Json) -> Iterator[Problem]:
    stated = schema.get("$schema", DIALECT)
    if not isinstance(stated, str) or stated.rstrip("#") != DIALECT:
        yield Problem("/$schema", f"Schemas are of JSON Schema 2020-12: {DIALECT}")
    for error in _meta.iter_errors(schema):
        yield Problem(pointer(*error.instance_path), error.message[:300])


def _of_references(schema: Json) -> Iterator[Problem]:
    # Looked at before it is compiled: what lies outside is never fetched from this server.
    for path, part in parts(schema):
        for keyword in ("$dynamicRef", "$id", "$anchor", "$dynamicAnchor"):
            if keyword in part and (path or keyword != "$id"):
                yield Problem(pointer(*path, keyword), "Refer to parts by their path, such as #/$defs/id")
        target = part.get("$ref", "#")
        if not target.startswith("#"):
            yield Problem(pointer(*path, "$ref"), f'"{target}" lies outside of the schema; references start with #')
        elif not target.startswith("#/") and target != "#":
            yield Problem(pointer(*path, "$ref"), "Refer to parts by their path, such as #/$defs/id")


def _of_patterns(schema: Json) -> Iterator[Problem]:
    for path, part in parts(schema):
        patterns = [("pattern", part["pattern"])] if "pattern" in part else []
        patterns += [("patternProperties", pattern) for pattern in part.get("patternProperties", ())]
        for keyword, pattern in patterns:
            try:
                compile_schema({"pattern": pattern})
            except ValueError:
                said = "is no pattern that can be checked; lookahead, lookbehind and references back are not"
                yield Problem(pointer(*path, keyword), f'"{pattern[:100]}" {said}')


def _of_the_whole(schema: Json) -> Iterator[Problem]:
    try:
        validator = compile_schema(schema)
    except ValueError as error:
        yield Problem("", str(error).splitlines()[0][:300])
        return
    if any("type" in error.schema_path and not error.instance_path for error in validator.iter_errors({})):
        yield Problem("/type", 'The properties of an event are an object: "type" has to allow "object"')


def remarks(schema: Json) -> list[Problem]:
    """What is no error, though hardly meant: keywords that JSON Schema does not know, which check nothing."""
    found = []
    for path, part in parts(schema):
        for keyword in sorted(part.keys() - KEYWORDS):
            near = get_close_matches(keyword, KEYWORDS, n=1)
            hint = f'; is "{near[0]}" meant?' if near else ""
            found.append(Problem(pointer(*path, keyword), f"Not a keyword of JSON Schema, so it checks nothing{hint}"))
        bare = [name for name in part.get("required", ()) if name not in part.get("properties", {})]
        found += [Problem(pointer(*path, "required"), f'"{name}" is not among the properties') for name in bare]
    return found[:MOST_PROBLEMS]


def ordered(schema: Any) -> Any:
    """The schema as people read it: what it is before what it holds, fields by name. A database keeps no order."""
    if not isinstance(schema, dict):
        return schema
    rank = {keyword: position for position, keyword in enumerate(ORDER)}
    found = {}
    for keyword in sorted(schema, key=lambda keyword: (rank.get(keyword, len(ORDER)), keyword)):
        value = schema[keyword]
        if keyword in ONE:
            value = ordered(value)
        elif keyword in SEVERAL and isinstance(value, list):
            value = [ordered(inner) for inner in value]
        elif keyword in NAMED and isinstance(value, dict):
            value = {name: ordered(value[name]) for name in sorted(value)}
        found[keyword] = value
    return found


def parts(schema: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Json]]:
    """Every schema within a schema, itself first, with the steps that lead to it."""
    if not isinstance(schema, dict):
        return
    yield path, schema
    for keyword, value in schema.items():
        if keyword in ONE:
            yield from parts(value, (*path, keyword))
        elif keyword in SEVERAL and isinstance(value, list):
            for position, inner in enumerate(value):
                yield from parts(inner, (*path, keyword, position))
        elif keyword in NAMED and isinstance(value, dict):
            for name, inner in value.items():
                yield from parts(inner, (*path, keyword, name))

"""Whether what passed one version of a schema passes the next, and readers still find what they read. Pure.

Fields are compared by structure. What cannot be judged so (`not`, `if`, a changed `pattern`, ...) counts as breaking,
as do fields that are gone: whoever reads them would find nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from ingestion.event_types import compile_schema
from ingestion.schemas import ANNOTATIONS, KEYWORDS, Json, pointer

TYPES = ("string", "number", "integer", "boolean", "null", "object", "array")
# Keywords that bound a value from below or above, and the types they speak of.
LOWEST = {"minLength": "string", "minItems": "array", "minProperties": "object", "minContains": "array"}
HIGHEST = {"maxLength": "string", "maxItems": "array", "maxProperties": "object", "maxContains": "array"}
NUMBERS = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf")
# Compared as a whole: the same, or gone, is compatible.
AS_A_WHOLE = {"pattern": "string", "contains": "array", "dependentRequired": "object", "dependentSchemas": "object"}
COMPARED = frozenset(
    {
        *("type", "enum", "const", "required", "properties", "additionalProperties", "patternProperties"),
        *("items", "prefixItems", "uniqueItems", "anyOf", "allOf", "propertyNames", "$ref"),
        *LOWEST,
        *HIGHEST,
        *NUMBERS,
        *AS_A_WHOLE,
    }
)


@dataclass(frozen=True, slots=True)
class Change:
    """A difference between two versions. path: a JSON pointer to the field in the properties, * for any item."""

    path: str
    message: str
    breaking: bool

    def __str__(self) -> str:
        return f"{self.path or 'The properties'}: {self.message}"


def changes(before: Json, after: Json) -> list[Change]:
    """What differs for senders and readers, breaking changes first, then by path; descriptions do not count."""
    found = dict.fromkeys(_Comparison(before, after).compare(before, after, ()))
    return sorted(found, key=lambda change: (not change.breaking, change.path, change.message))


def breaking(before: Json, after: Json) -> list[Change]:
    """Those of the changes that need a new major version."""
    return [change for change in changes(before, after) if change.breaking]


@dataclass(slots=True)
class _Comparison:
    before: Json
    after: Json
    # Pairs of references: a schema that refers to itself is compared once, and so is what many fields refer to.
    seen: set[str] = field(default_factory=set)

    def compare(self, before: Any, after: Any, path: tuple[str, ...]) -> Iterator[Change]:
        if _refers(before) or _refers(after):
            key = json.dumps([before, after], sort_keys=True)
            if key in self.seen:
                return
            self.seen.add(key)
        before, after = _resolved(before, self.before), _resolved(after, self.after)
        if before is False or after is True:
            return
        if after is False:
            yield Change(pointer(*path), "may no longer be there", breaking=True)
            return
        before = {} if before is True else before
        yield from _types(before, after, path)
        kinds = types_of(before)
        yield from _values(before, after, path)
        yield from _bounds(before, after, path, kinds)
        yield from self._whole(before, after, path, kinds)
        yield from self._branches(before, after, path)
        if "object" in kinds:
            yield from self._fields(before, after, path)
        if "array" in kinds:
            yield from self._items(before, after, path)

    def _whole(self, before: Json, after: Json, path: tuple[str, ...], kinds: set[str]) -> Iterator[Change]:
        for keyword in sorted((after.keys() & KEYWORDS) - ANNOTATIONS):
            kind = AS_A_WHOLE.get(keyword)
            if (keyword in COMPARED and kind is None) or (kind is not None and kind not in kinds):
                continue
            if not self._same(before.get(keyword), after[keyword]):
                said = "is new or other than before, which cannot be judged"
                yield Change(pointer(*path), f'"{keyword}" {said}', breaking=True)
        for keyword in sorted((before.keys() & KEYWORDS) - after.keys() - COMPARED - ANNOTATIONS):
            yield Change(pointer(*path), f'"{keyword}" is gone, which cannot be judged', breaking=True)

    def _same(self, before: Any, after: Any) -> bool:
        """Whether two parts say the same, with all they refer to."""
        if before != after:
            return False
        if "$ref" not in json.dumps(before):
            return True
        return all(self.before.get(keyword) == self.after.get(keyword) for keyword in ("$defs", "definitions"))

    def _branches(self, before: Json, after: Json, path: tuple[str, ...]) -> Iterator[Change]:
        if "anyOf" in after and not all(
            any(self._same(old, new) for new in after["anyOf"]) for old in before.get("anyOf", [None])
        ):
            yield Change(pointer(*path), 'an alternative of "anyOf" is gone or other than before', breaking=True)
        for new in after.get("allOf", ()):
            if not any(self._same(old, new) for old in before.get("allOf", ())):
                yield Change(pointer(*path), '"allOf" asks for something new', breaking=True)

    def _fields(self, before: Json, after: Json, path: tuple[str, ...]) -> Iterator[Change]:
        old, new = before.get("properties", {}), after.get("properties", {})
        needed = set(after.get("required", ())) - set(before.get("required", ()))
        for name in sorted(needed):
            yield Change(pointer(*path, name), "is required now", breaking=True)
        for name in sorted(set(before.get("required", ())) - set(after.get("required", ()))):
            yield Change(pointer(*path, name), "is no longer required", breaking=False)
        for name in sorted(old.keys() - new.keys()):
            if old[name] is not False:
                yield Change(pointer(*path, name), "is gone", breaking=True)
        for name in sorted(new.keys() - old.keys()):
            if name not in needed:
                yield Change(pointer(*path, name), "is new and optional", breaking=False)
            for rest in _undeclared(before, name):
                yield from self.compare(rest, new[name], (*path, name))
        for name in sorted(old.keys() & new.keys()):
            yield from self.compare(old[name], new[name], (*path, name))
        yield from self._other_fields(before, after, path)

    def _other_fields(self, before: Json, after: Json, path: tuple[str, ...]) -> Iterator[Change]:
        old, new = (side.get("additionalProperties", True) for side in (before, after))
        if old is not False and new is False:
            yield Change(pointer(*path), "may no longer have fields that are not declared", breaking=True)
        else:
            yield from self.compare(old, new, (*path, "*"))
        old, new = (side.get("patternProperties", {}) for side in (before, after))
        for pattern in sorted(new):
            yield from self.compare(old.get(pattern, True), new[pattern], (*path, pattern))
        if before.get("additionalProperties", True) is not True or after.get("additionalProperties", True) is not True:
            for pattern in sorted(old.keys() - new.keys()):
                yield Change(pointer(*path, pattern), "is gone", breaking=True)
        if "propertyNames" in after:
            yield from self.compare(before.get("propertyNames", True), after["propertyNames"], (*path, "*"))

    def _items(self, before: Json, after: Json, path: tuple[str, ...]) -> Iterator[Change]:
        old, new = before.get("prefixItems", []), after.get("prefixItems", [])
        rest_old, rest_new = before.get("items", True), after.get("items", True)
        for position in range(max(len(old), len(new))):
            first = old[position] if position < len(old) else rest_old
            second = new[position] if position < len(new) else rest_new
            yield from self.compare(first, second, (*path, str(position)))
        yield from self.compare(rest_old, rest_new, (*path, "*"))
        if after.get("uniqueItems") and not before.get("uniqueItems"):
            yield Change(pointer(*path), "may no longer hold the same item twice", breaking=True)


def _refers(schema: Any) -> bool:
    return isinstance(schema, dict) and "$ref" in schema


def _undeclared(schema: Json, name: str) -> list[Json]:
    """What a schema asks of a field that it does not declare by name, where it asks anything."""
    patterns = schema.get("patternProperties", {})
    asked = [inner for pattern, inner in patterns.items() if compile_schema({"pattern": pattern}).is_valid(name)] or [
        schema.get("additionalProperties", True)
    ]
    return [inner for inner in asked if isinstance(inner, dict) and inner]


def types_of(schema: Json) -> set[str]:
    """The JSON types a schema lets pass; number stands for integer too."""
    stated = schema.get("type")
    if stated is not None:
        found = {stated} if isinstance(stated, str) else set(stated)
    elif "enum" in schema or "const" in schema:
        found = {_type_of(value) for value in schema.get("enum", [schema.get("const")])}
    else:
        found = set(TYPES)
    return found | {"integer"} if "number" in found else found


def _type_of(value: Any) -> str:
    if value is None:
        return "null"
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return kinds[type(value)]


def _resolved(schema: Any, root: Json) -> Any:
    """The schema with its own reference followed; what stands beside a reference applies as well."""
    for _ in range(32):
        if not _refers(schema):
            return schema
        found: Any = root
        for step in schema["$ref"].split("/")[1:]:
            name = unquote(step).replace("~1", "/").replace("~0", "~")
            found = found[int(name)] if isinstance(found, list) else found.get(name, {})
        rest = {keyword: value for keyword, value in schema.items() if keyword != "$ref"}
        if found is False:
            return False
        schema = rest if found is True else {**found, **rest}
    return {}


def _types(before: Json, after: Json, path: tuple[str, ...]) -> Iterator[Change]:
    old, new = types_of(before), types_of(after)
    # A whole number is a number; where numbers are lost, so are whole numbers, which goes without saying.
    lost = old - new - ({"integer"} if "number" in old - new else set())
    gained = new - old - ({"integer"} if "number" in new - old else set())
    if lost and "type" not in before and "enum" not in before and "const" not in before:
        yield Change(pointer(*path), f"may only be {_listed(new)} now", breaking=True)
    elif lost:
        yield Change(pointer(*path), f"may no longer be {_listed(lost)}", breaking=True)
    if gained:
        yield Change(pointer(*path), f"may be {_listed(gained)} too", breaking=False)


def _listed(kinds: set[str]) -> str:
    named = [kind for kind in TYPES if kind in kinds and not (kind == "integer" and "number" in kinds)]
    return " or ".join(named) or "nothing"


def _values(before: Json, after: Json, path: tuple[str, ...]) -> Iterator[Change]:
    old, new = (side.get("enum", [side["const"]] if "const" in side else None) for side in (before, after))
    if new is None:
        if old is not None:
            yield Change(pointer(*path), "may have values that were not listed", breaking=False)
    elif old is None:
        yield Change(pointer(*path), f"may only be one of {len(new)} values now", breaking=True)
    else:
        known, listed = ({json.dumps(value) for value in side} for side in (old, new))
        if known - listed:
            yield Change(pointer(*path), f"may no longer be {', '.join(sorted(known - listed))}", breaking=True)
        if listed - known:
            yield Change(pointer(*path), f"may be {', '.join(sorted(listed - known))} too", breaking=False)


def _bounds(before: Json, after: Json, path: tuple[str, ...], kinds: set[str]) -> Iterator[Change]:
    if "integer" in kinds or "number" in kinds:
        yield from _number_bounds(before, after, path)
    for keyword, kind in LOWEST.items():
        least = 1 if keyword == "minContains" else 0
        if kind in kinds and after.get(keyword, least) > before.get(keyword, least):
            yield Change(pointer(*path), f"{keyword} is {after[keyword]} now", breaking=True)
    for keyword, kind in HIGHEST.items():
        if kind in kinds and keyword in after and after[keyword] < before.get(keyword, float("inf")):
            yield Change(pointer(*path), f"{keyword} is {after[keyword]} now", breaking=True)


def _number_bounds(before: Json, after: Json, path: tuple[str, ...]) -> Iterator[Change]:
    # (bound, 1 where the bound itself is left out), turned so that more is narrower.
    for inclusive, exclusive, sign in (("minimum", "exclusiveMinimum", 1), ("maximum", "exclusiveMaximum", -1)):
        old, new = (
            max(
                (sign * side.get(inclusive, -sign * float("inf")), 0),
                (sign * side.get(exclusive, -sign * float("inf")), 1),
            )
            for side in (before, after)
        )
        word = exclusive if new[1] else inclusive
        if new > old and word in after:
            yield Change(pointer(*path), f"{word} is {after[word]} now", breaking=True)
        elif new < old:
            yield Change(pointer(*path), f"its {inclusive} is wider", breaking=False)
    step, other = after.get("multipleOf"), before.get("multipleOf")
    if step is not None and (other is None or other % step != 0):
        yield Change(pointer(*path), f"multipleOf is {step} now", breaking=True)

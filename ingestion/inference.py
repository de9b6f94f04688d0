"""A schema from what was seen: it lets pass every sample and holds no value of any. Pure.

Nothing is required and no values are listed: the next event may be other than all before, and a draft is for an
operator to narrow.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ingestion.compatibility import TYPES
from ingestion.masking import LOOKS_PERSONAL
from ingestion.schemas import DIALECT, Json

MOST_FIELDS = 100
DEEPEST = 4
LONGEST_NAME = 64
# Names that are data: numbers, hashes, ids.
IS_DATA = re.compile(r"\d{4,}|[0-9a-f]{8}-[0-9a-f]{4}|[0-9a-f]{16}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Seen:
    """A field of the properties: in how many samples it had a value, and of which JSON types."""

    name: str
    count: int
    types: Counter[str]

    @property
    def words(self) -> str:
        """Such as "string", or "integer (98), string (2)"."""
        kinds = [kind for kind in TYPES if self.types[kind]]
        return kinds[0] if len(kinds) == 1 else ", ".join(f"{kind} ({self.types[kind]:,})" for kind in kinds)


def fields_of(samples: Sequence[Json]) -> list[Seen]:
    """The fields that have values and whose names are names, most frequent first."""
    types: dict[str, Counter[str]] = {}
    for sample in samples:
        for name, value in sample.items():
            if value is not None:
                types.setdefault(name, Counter())[type_of(value)] += 1
    found = [Seen(name, kinds.total(), kinds) for name, kinds in types.items() if is_name(name)]
    return sorted(found, key=lambda seen: (-seen.count, seen.name))


def schema_of(samples: Sequence[Json]) -> Json:
    """An open JSON Schema 2020-12 with the fields that were seen, each optional."""
    fields = {}
    for seen in sorted(fields_of(samples)[:MOST_FIELDS], key=lambda seen: seen.name):
        values = [sample[seen.name] for sample in samples if seen.name in sample]
        often = f"Seen in {seen.count:,} of {len(samples):,} events"
        mixed = f": {seen.words}" if len(seen.types) > 1 else ""
        # Senders write null for what they do not know.
        fields[seen.name] = {"description": f"{often}{mixed}.", **_shape([*values, None], 1)}
    return {"$schema": DIALECT, "type": "object", "properties": fields}


def type_of(value: Any) -> str:
    """Of a JSON value; a whole number is an integer however it is written."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return "integer"
    kinds = {float: "number", str: "string", list: "array", dict: "object"}
    return kinds[type(value)]


def _shape(values: Sequence[Any], depth: int) -> Json:
    kinds = {type_of(value) for value in values}
    if "number" in kinds:
        kinds.discard("integer")
    listed = [kind for kind in TYPES if kind in kinds]
    shape: Json = {"type": listed[0] if len(listed) == 1 else sorted(listed, key=lambda kind: kind == "null")}
    if depth == DEEPEST:
        return shape
    items = [item for value in values if isinstance(value, list) for item in value]
    if items:
        shape["items"] = _shape(items, depth + 1)
    objects = [value for value in values if isinstance(value, dict)]
    names = sorted({name for value in objects for name in value})
    # Where names are data, there would be no end of fields.
    if names and len(names) <= MOST_FIELDS and all(map(is_name, names)):
        shape["properties"] = {
            name: _shape([value[name] for value in objects if name in value], depth + 1) for name in names
        }
    return shape


def is_name(text: str) -> bool:
    """Whether the key of an object names a field, and is not itself data, such as an id or an address."""
    return bool(text) and len(text) <= LONGEST_NAME and not IS_DATA.search(text) and not LOOKS_PERSONAL.search(text)

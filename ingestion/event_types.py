"""What the pipeline knows of an event type: its schema's validator and its pointers. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import jsonschema_rs

Json = dict[str, Any]
LINEAR = jsonschema_rs.RegexOptions()


@dataclass(frozen=True, slots=True)
class TypeInfo:
    id: int
    name: str
    kind: str
    category: str
    counts_as: str
    # What consent an event needs (privacy.purposes)
    purpose: str = "analytics"
    # event field -> pointers, each a list of steps, the first that is present wins
    pointers: dict[str, list[list[str]]] = field(default_factory=dict)
    validator: jsonschema_rs.Validator | None = None
    version: int | None = None

    def errors(self, properties: Json) -> list[dict[str, str]]:
        """What is wrong with the properties: [] or [{path, message}], at most 10."""
        if self.validator is None or self.validator.is_valid(properties):
            return []
        found = []
        for error in self.validator.iter_errors(properties):
            path = "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in error.instance_path)
            found.append({"path": f"/properties{path}", "message": error.message[:300]})
            if len(found) == 10:  # noqa: PLR2004 nobody reads more
                break
        return found

    def point(self, name: str, properties: Json) -> Any:
        """The value that `name` (object_id, object_author, community_id, value) has in the properties, or None."""
        for steps in self.pointers.get(name, ()):
            found = properties.get(steps[0])
            for step in steps[1:] if len(steps) > 1 else ():
                found = found.get(step) if isinstance(found, dict) else None
            if found is not None:
                return found
        return None


def compile_pointers(pointers: dict[str, list[str]]) -> dict[str, list[list[str]]]:
    """RFC 6901 pointers as lists of steps."""
    return {
        name: [[step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]] for pointer in several]
        for name, several in pointers.items()
    }


def compile_schema(schema: Json) -> jsonschema_rs.Validator:
    """A validator of JSON Schema 2020-12. Raises ValueError when the schema is wrong or refers outside itself.

    Patterns take time in proportion to the text, whatever a sender sends; so they know no lookaround.
    """
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=False, retriever=_refuse, pattern_options=LINEAR)


def _refuse(uri: str) -> Json:
    """Whoever edits a schema must not make the server fetch addresses or read files."""
    raise ValueError(f"a schema may only refer to its own parts, not to {uri}")

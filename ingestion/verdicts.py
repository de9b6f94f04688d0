"""What is said of a schema while somebody writes it, and of a payload that is tried with it. Stores nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ingestion.compatibility import Change, changes
from ingestion.drafts import Draft, Rejection
from ingestion.envelopes import NAMING, to_draft
from ingestion.event_types import TypeInfo, compile_pointers, compile_schema
from ingestion.json_text import Unreadable, read
from ingestion.models import EventType
from ingestion.models.registry import POINTED
from ingestion.schemas import Json, Problem, pointer, problems, remarks


@dataclass(slots=True)
class Verdict:
    """Of the text of a schema. line is where reading stopped; changes are those against the version before, if any."""

    unreadable: str = ""
    line: int | None = None
    problems: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    schema: Json | None = None

    @property
    def breaks(self) -> bool:
        return any(change.breaking for change in self.changes)


@dataclass(slots=True)
class Tried:
    """Of the text of a payload. name is the event's where a whole event was given, found what the pointers point at."""

    unreadable: str = ""
    line: int | None = None
    whole: bool = False
    name: str = ""
    errors: list[dict[str, str]] = field(default_factory=list)
    found: list[tuple[str, Any]] = field(default_factory=list)


def judge(text: str, before: Json | None, pointers: dict[str, list[str]] | None = None) -> Verdict:
    """What is to be said of a schema that follows another, and of pointers into what it declares."""
    try:
        value = read(text)
    except Unreadable as error:
        return Verdict(unreadable=str(error), line=error.line)
    if wrong := problems(value):
        return Verdict(problems=wrong)
    return Verdict(
        remarks=[*remarks(value), *_astray(pointers or {}, value)],
        changes=[] if before is None else changes(before, value),
        schema=value,
    )


def _astray(pointers: dict[str, list[str]], schema: Json) -> Iterator[Problem]:
    """Pointers that lead to no field of the schema; what lies behind a reference is not looked at."""
    for name, several in compile_pointers(pointers).items():
        for steps in several:
            part: Any = schema
            for step in steps:
                if not isinstance(part, dict) or "$ref" in part or not part.get("properties"):
                    break
                if step not in part["properties"]:
                    yield Problem(pointer(*steps), f"The pointer of {name} leads to no field of the schema")
                    break
                part = part["properties"][step]


def attempt(text: str, schema: Json, kind: EventType) -> Tried:
    """What a valid schema says to a payload: the properties alone, or a whole event in any envelope."""
    try:
        value = read(text)
    except Unreadable as error:
        return Tried(unreadable=str(error), line=error.line)
    if not isinstance(value, dict):
        return Tried(unreadable="A payload is a JSON object")
    draft = _whole(value)
    properties = value if draft is None else draft.properties
    info = TypeInfo(
        id=kind.pk,
        name=kind.name,
        kind=kind.kind,
        category=kind.category,
        counts_as=kind.counts_as,
        pointers=compile_pointers(kind.pointers),
        validator=compile_schema(schema),
    )
    return Tried(
        whole=draft is not None,
        name="" if draft is None else draft.name,
        errors=info.errors(properties),
        found=[(name, info.point(name, properties)) for name in POINTED if kind.pointers.get(name)],
    )


def _whole(value: Json) -> Draft | None:
    """The draft of a whole event; None for what are properties alone, though one is named like an envelope's field."""
    if value.keys().isdisjoint(NAMING):
        return None
    try:
        return to_draft(value, msgspec.json.encode(value), trusted=True)
    except Rejection:
        return None

"""The registry of a workspace as files for git: one JSON file per declared event type, sorted, always the same.

A file holds what operators decide. What follows from it (major versions, times) and types that were only discovered
are left out.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import msgspec

from config.models import Workspace
from ingestion.json_text import Unreadable, read
from ingestion.models import EventType, EventTypeVersion, Kind
from ingestion.schemas import Json

Status, Compatibility = EventTypeVersion.Status, EventTypeVersion.Compatibility

LONGEST_FILE = 2_000_000
# Names that are file names as they are, the same on systems that tell capitals apart and on those that do not.
PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")


class DeclaredVersion(msgspec.Struct, forbid_unknown_fields=True):
    version: Annotated[int, msgspec.Meta(ge=1, le=32_767)]
    schema: dict[str, Any]
    status: EventTypeVersion.Status = Status.DRAFT
    compatibility: EventTypeVersion.Compatibility = Compatibility.BACKWARD


class Declared(msgspec.Struct, forbid_unknown_fields=True):
    """An event type and its versions, ascending."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    kind: str = Kind.TRACK.value
    category: str = "user_action"
    description: str = ""
    owner: str = ""
    purpose: str = "analytics"
    object_type: str = ""
    counts_as: str = ""
    pointers: dict[str, list[str]] = {}
    versions: list[DeclaredVersion] = []


# The fields of an event type that a file holds.
FIELDS = tuple(name for name in Declared.__struct_fields__ if name != "versions")


def of_workspace(workspace: Workspace) -> dict[str, Declared]:
    """What is declared in a workspace, by name."""
    rows = EventType.objects.filter(workspace=workspace, discovered=False).prefetch_related("versions")
    return {row.name: of_row(row, row.versions.all()) for row in rows}


def of_row(kind: EventType, versions: Iterable[EventTypeVersion]) -> Declared:
    found = [
        DeclaredVersion(row.version, row.schema, Status(row.status), Compatibility(row.compatibility))
        for row in sorted(versions, key=lambda row: row.version)
    ]
    return Declared(**{name: getattr(kind, name) for name in FIELDS}, versions=found)


def text_of(declared: Declared) -> str:
    """The content of its file: keys sorted, two spaces, one line break at the end."""
    return json.dumps(msgspec.to_builtins(declared), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def file_name(name: str) -> str:
    """post_created.json; a name that is no plain one is told from others like it by its hash."""
    if PLAIN.fullmatch(name):
        return f"{name}.json"
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:80] or "type"
    return f"{slug}.{hashlib.sha256(name.encode()).hexdigest()[:8]}.json"


def write_folder(folder: Path, declared: Iterable[Declared]) -> tuple[list[str], int]:
    """Write what has changed: (names of the files written, files that were right already)."""
    folder.mkdir(parents=True, exist_ok=True)
    written, same = [], 0
    for one in declared:
        path, content = folder / file_name(one.name), text_of(one).encode()
        if path.is_file() and path.read_bytes() == content:
            same += 1
        else:
            path.write_bytes(content)
            written.append(path.name)
    return written, same


def read_folder(folder: Path) -> tuple[dict[str, Declared], list[str]]:
    """(what the *.json files of a folder declare, by name; what is wrong with those that declare nothing)."""
    found: dict[str, Declared] = {}
    wrong = []
    for path in sorted(folder.glob("*.json")):
        try:
            declared = _declared(read(path.read_text(encoding="utf-8"), LONGEST_FILE))
        except (Unreadable, UnicodeDecodeError, msgspec.ValidationError, OSError) as error:
            wrong.append(f"{path.name}: {error}")
            continue
        if declared.name in found:
            wrong.append(f"{path.name}: {declared.name} is declared in another file too")
        found.setdefault(declared.name, declared)
    return found, wrong


def _declared(value: Json) -> Declared:
    declared = msgspec.convert(value, Declared)
    declared.versions.sort(key=lambda version: version.version)
    numbers = [version.version for version in declared.versions]
    if len(set(numbers)) < len(numbers):
        raise Unreadable("a version stands in it twice")
    return declared

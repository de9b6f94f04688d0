"""The event types that Agora ships, one JSON file per system, and how they get into a workspace."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from config.models import Workspace
from ingestion import registry, versions
from ingestion.models import EventType, EventTypeVersion, Kind

FOLDER = Path(__file__).parent
# The order in which a type that several systems share is taken.
SYSTEMS = ("forum", "wellbeing", "social", "network")
# What every workspace needs, whatever its system: the kinds of the Segment API that carry no name of their own.
KINDS: list[dict[str, Any]] = [
    {
        "name": "page_view",
        "kind": Kind.PAGE,
        "category": "user_action",
        "description": "A person looked at a page.",
        "counts_as": "pages_viewed",
        "object_type": "page",
    },
    {
        "name": "screen",
        "kind": Kind.SCREEN,
        "category": "user_action",
        "description": "A person looked at a screen of an app.",
        "counts_as": "pages_viewed",
        "object_type": "page",
    },
    {
        "name": "identify",
        "kind": Kind.IDENTIFY,
        "category": "system",
        "description": "Says who an anonymous visitor is, and what is known of the person.",
    },
    {
        "name": "group",
        "kind": Kind.GROUP,
        "category": "system",
        "description": "Says which community a person belongs to.",
    },
    {"name": "alias", "kind": Kind.ALIAS, "category": "system", "description": "Says that two ids are one person."},
]


@dataclass(frozen=True, slots=True)
class Loaded:
    added: int
    kept: int


def declared(system: str) -> list[dict[str, Any]]:
    """The event types of a shipped system."""
    types: list[dict[str, Any]] = _content(system)["event_types"]
    return types


def title(system: str) -> str:
    """What a shipped system is, in a few words."""
    return str(_content(system)["title"])


def _content(system: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FOLDER / f"{system}.json").read_text(encoding="utf-8"))
    return content


@transaction.atomic
def load(workspace: Workspace, systems: tuple[str, ...] = SYSTEMS) -> Loaded:
    """Add the types of the systems, first come first named; what is there, an operator's edit included, stays.

    A type that was only discovered so far gets its declaration.
    """
    wanted: dict[str, dict[str, Any]] = {}
    for system in systems:
        for entry in declared(system):
            wanted.setdefault(entry["name"], entry)
    for entry in KINDS:
        wanted[entry["name"]] = wanted.get(entry["name"], {}) | entry
    there = {row.name: row for row in EventType.objects.filter(workspace=workspace)}
    added = 0
    for name, entry in sorted(wanted.items()):
        row = there.get(name)
        if row is None or row.discovered:
            _write(workspace, row, entry)
            added += 1
    registry.forget(workspace.pk)
    if there and added:
        versions.changed(workspace)
    return Loaded(added, len(wanted) - added)


def _write(workspace: Workspace, row: EventType | None, entry: dict[str, Any]) -> None:
    row = row or EventType(workspace=workspace, name=entry["name"])
    row.kind = entry.get("kind", Kind.TRACK)
    row.category = entry["category"]
    row.description = entry["description"]
    row.owner = entry.get("owner", "")
    row.purpose = entry.get("purpose", "analytics")
    row.object_type = entry.get("object_type") or ""
    row.pointers = entry.get("pointers", {})
    row.counts_as = entry.get("counts_as") or ""
    row.discovered = False
    row.save()
    if "schema" in entry:
        shipped = {"status": EventTypeVersion.Status.ACTIVE, "published_at": timezone.now(), "schema": entry["schema"]}
        EventTypeVersion.objects.get_or_create(event_type=row, version=1, defaults=shipped)

"""The event types that Agora ships, one JSON file per system, and how they get into a workspace."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from config.lib.sql import rows_of, statement
from config.models import Workspace
from ingestion import registry, versions
from ingestion.models import EventType, Kind

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
LOAD = statement("ingestion", "load_event_types")


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
    there = dict(EventType.objects.filter(workspace=workspace).values_list("name", "discovered"))
    new = [entry for name, entry in sorted(wanted.items()) if there.get(name, True)]
    _write(workspace, new)
    registry.forget(workspace.pk)
    if there and new:
        versions.changed(workspace)
    return Loaded(len(new), len(wanted) - len(new))


def _write(workspace: Workspace, entries: list[dict[str, Any]]) -> None:
    """One statement, of JSON: models and arrays would take most of the time in which a workspace is made."""
    rows_of(LOAD, {"workspace": workspace.pk, "now": timezone.now(), "types": json.dumps(entries)})

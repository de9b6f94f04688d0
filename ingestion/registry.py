"""The event types of a workspace, compiled once and kept per process."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection
from dataclasses import dataclass

from django.db import Error as DatabaseError
from django.db import connection

from config.lib.sql import statement
from ingestion.event_types import TypeInfo, compile_pointers, compile_schema
from ingestion.models import EventType, EventTypeVersion

logger = logging.getLogger(__name__)

# How long a process may go on with what it knows after an operator's edit.
FRESH_SECONDS = 3.0
# Names nobody declared are accepted up to here; beyond, somebody writes ids into names.
MOST_DISCOVERED = 2_000
DISCOVER = statement("ingestion", "discover_event_types")
STAMP = statement("ingestion", "registry_stamp")


@dataclass(slots=True)
class Registry:
    """types by name. stamp tells whether the rows have changed since; checked_at is of the monotonic clock."""

    types: dict[str, TypeInfo]
    stamp: object
    checked_at: float
    discovered: int


_known: dict[int, Registry] = {}


def forget(workspace_id: int) -> None:
    """Make this process read the workspace's types again with its next batch."""
    _known.pop(workspace_id, None)


def of_workspace(workspace_id: int) -> Registry:
    """The workspace's registry, at most FRESH_SECONDS old."""
    registry = _known.get(workspace_id)
    if registry is None:
        registry = _known[workspace_id] = _load(workspace_id)
    elif time.monotonic() - registry.checked_at > FRESH_SECONDS:
        try:
            changed = _stamp(workspace_id) != registry.stamp
        except DatabaseError:
            # Whether the database is away is for whoever stores; what is known serves to judge events until then.
            changed = False
        if changed:
            registry = _known[workspace_id] = _load(workspace_id)
        else:
            registry.checked_at = time.monotonic()
    return registry


def _stamp(workspace_id: int) -> object:
    with connection.cursor() as cursor:
        cursor.execute(STAMP, [workspace_id, workspace_id])
        return cursor.fetchone()


def _load(workspace_id: int) -> Registry:
    stamp = _stamp(workspace_id)
    active: dict[int, EventTypeVersion] = {}
    versions = EventTypeVersion.objects.filter(
        event_type__workspace_id=workspace_id, status=EventTypeVersion.Status.ACTIVE
    )
    for version in versions.order_by("event_type_id", "version"):
        active[version.event_type_id] = version
    types = {}
    discovered = 0
    for row in EventType.objects.filter(workspace_id=workspace_id):
        discovered += row.discovered
        types[row.name] = _compile(row, active.get(row.pk))
    return Registry(types, stamp, time.monotonic(), discovered)


def _compile(row: EventType, version: EventTypeVersion | None) -> TypeInfo:
    """A schema that does not compile is as good as none: its type's events, and all others, go on coming in."""
    try:
        validator = None if version is None else compile_schema(version.schema)
    except ValueError:
        logger.exception("The schema of %s does not compile; its events are stored unchecked", version)
        validator = version = None
    return TypeInfo(
        id=row.pk,
        name=row.name,
        kind=row.kind,
        category=row.category,
        counts_as=row.counts_as,
        purpose=row.purpose,
        pointers=compile_pointers(row.pointers),
        validator=validator,
        version=None if version is None else version.version,
    )


def discover(workspace_id: int, found: Collection[tuple[str, str, str]]) -> Registry:
    """Record event types nobody declared, as (name, kind, category); the registry that knows them.

    Their counts and pointers stay empty until an operator fills them in.
    """
    # Sorted, so that two batches that discover the same names never wait for each other in a circle.
    rows = sorted(found)
    with connection.cursor() as cursor:
        cursor.execute(DISCOVER, [workspace_id, *([row[part] for row in rows] for part in range(3))])
    forget(workspace_id)
    return of_workspace(workspace_id)

"""The life of an event type's schema: drafted, published once it fits what was before, retired."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from config.models import Workspace
from ingestion import registry
from ingestion.compatibility import Change, breaking, changes
from ingestion.models import EventType, EventTypeVersion
from ingestion.schemas import Json, Problem, problems

Status, Compatibility = EventTypeVersion.Status, EventTypeVersion.Compatibility

# Told in the transaction that other versions check new events than before.
CHANGED: list[Callable[[Workspace], None]] = []


class NotPublished(Exception):  # noqa: N818 named as its caller sees it
    """Why a version stays as it is; details say it field by field."""

    def __init__(self, message: str, details: list[Change] | list[Problem] | None = None) -> None:
        super().__init__(message)
        self.details = details or []


class BreaksBefore(NotPublished):
    """Events that passed the version before would not pass, or readers would miss a field: it needs a new major."""


def judging(kind: EventType) -> EventTypeVersion | None:
    """The version that checks new events: the highest active one."""
    return kind.versions.filter(status=Status.ACTIVE).order_by("-version").first()


def all_judging(workspace: Workspace) -> QuerySet[EventTypeVersion]:
    """Of each event type of the workspace the version that checks new events, where there is one."""
    active = EventTypeVersion.objects.filter(event_type__workspace=workspace, status=Status.ACTIVE)
    return active.order_by("event_type_id", "-version").distinct("event_type_id")


def with_followed(rows: QuerySet[EventTypeVersion]) -> QuerySet[EventTypeVersion]:
    """Rows with `followed`: whether a higher version of the same type is active, so that this one checks nothing."""
    higher = EventTypeVersion.objects.filter(
        event_type_id=OuterRef("event_type_id"), version__gt=OuterRef("version"), status=Status.ACTIVE
    )
    return rows.annotate(followed=Exists(higher))


def before(version: EventTypeVersion) -> EventTypeVersion | None:
    """The published version a version follows: the highest below it, retired or not, as senders may have come along."""
    earlier = EventTypeVersion.objects.filter(event_type_id=version.event_type_id, version__lt=version.version)
    return earlier.exclude(status=Status.DRAFT).order_by("-version").first()


def changes_of(version: EventTypeVersion) -> list[Change]:
    """What a version changes for senders and readers; [] for the first, and for what is no schema."""
    earlier = before(version)
    if earlier is None or problems(earlier.schema) or problems(version.schema):
        return []
    return changes(earlier.schema, version.schema)


@transaction.atomic
def draft(kind: EventType, schema: Json | None = None) -> EventTypeVersion:
    """A new draft above all versions there are; it begins as the newest, an open object when there is none."""
    EventType.objects.select_for_update().get(pk=kind.pk)
    newest = kind.versions.order_by("-version").first()
    if schema is None:
        schema = newest.schema if newest is not None else {"type": "object", "properties": {}}
    number = 1 if newest is None else newest.version + 1
    return EventTypeVersion.objects.create(event_type=kind, version=number, schema=schema)


@transaction.atomic
def publish(version: EventTypeVersion, *, new_major: bool = False) -> EventTypeVersion:
    """Let a draft check new events, in every process within registry.FRESH_SECONDS; the version, as it is stored now.

    new_major begins a new major version. Raises NotPublished, and BreaksBefore when it breaks and begins none.
    """
    version = _locked(version)
    if version.status != Status.DRAFT:
        raise NotPublished(f"{version} is {version.status}; only a draft can be published")
    current = judging(version.event_type)
    if current is not None and current.version > version.version:
        raise NotPublished(f"{current} is active and higher, so {version} would check nothing; draft a new version")
    if wrong := problems(version.schema):
        raise NotPublished(f"The schema of {version} is not valid", wrong)
    earlier = before(version)
    if earlier is not None:
        # What was no schema by the rules of today let everything pass.
        broken = breaking({} if problems(earlier.schema) else earlier.schema, version.schema)
        if broken and not new_major:
            raise BreaksBefore(f"{version} breaks what {earlier} promised", broken)
        version.major = earlier.major + new_major
    version.compatibility = Compatibility.NONE if new_major else Compatibility.BACKWARD
    version.status = Status.ACTIVE
    version.published_at = timezone.now()
    if version.event_type.discovered:
        # Whoever publishes its schema has said what it is.
        version.event_type.discovered = False
        version.event_type.save()
    _save(version)
    return version


@transaction.atomic
def retire(version: EventTypeVersion) -> EventTypeVersion | None:
    """Let a published version check nothing more; the version that checks new events now. Raises NotPublished."""
    version = _locked(version)
    if version.status != Status.ACTIVE:
        raise NotPublished(f"{version} is {version.status}; only an active version can be retired")
    version.status = Status.RETIRED
    version.retired_at = timezone.now()
    _save(version)
    return judging(version.event_type)


def _locked(version: EventTypeVersion) -> EventTypeVersion:
    """As it is stored, with its event type locked, so that two people publish one after the other."""
    kind = EventType.objects.select_for_update().get(pk=version.event_type_id)
    stored = EventTypeVersion.objects.get(pk=version.pk)
    stored.event_type = kind
    return stored


def _save(version: EventTypeVersion) -> None:
    version.save()
    changed(version.event_type.workspace)
    # Other processes notice by themselves: registry.of_workspace.
    transaction.on_commit(partial(registry.forget, version.event_type.workspace_id))


def changed(workspace: Workspace) -> None:
    """Tell those who go by what the versions declare."""
    for told in CHANGED:
        told(workspace)

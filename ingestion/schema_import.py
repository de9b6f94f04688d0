"""From declared event types to the registry of a workspace, and what is different between the two."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction

from config.lib.commands import message_of
from config.models import Workspace
from ingestion import registry, versions
from ingestion.compatibility import breaking
from ingestion.models import EventType, EventTypeVersion
from ingestion.schema_files import FIELDS, Compatibility, Declared, DeclaredVersion, Status, of_workspace
from ingestion.schemas import problems
from ingestion.versions import NotPublished


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about an event type: a step that an import takes, what stops it, or a difference."""

    name: str
    what: str

    def __str__(self) -> str:
        return f"{self.name}: {self.what}"


@dataclass(slots=True)
class Imported:
    steps: list[Finding] = field(default_factory=list)
    errors: list[Finding] = field(default_factory=list)


class _Refused(Exception):  # noqa: N818 it carries what stops an import
    pass


def bring_in(workspace: Workspace, declared: dict[str, Declared], *, dry_run: bool = False) -> Imported:
    """Make the registry of a workspace hold what is declared: all of it, or nothing where there are errors.

    Types and versions that are not declared stay as they are. The same again takes no step.
    """
    done = Imported()
    with transaction.atomic():
        for name in sorted(declared):
            try:
                with transaction.atomic():
                    done.steps += [Finding(name, step) for step in _bring_in_type(workspace, declared[name])]
            except _Refused as refused:
                done.errors += [Finding(name, text) for text in refused.args]
        if dry_run or done.errors:
            transaction.set_rollback(True)
    registry.forget(workspace.pk)
    return done


def _bring_in_type(workspace: Workspace, declared: Declared) -> Iterator[str]:
    known = EventType.objects.filter(workspace=workspace, name=declared.name).first()
    row = known or EventType(workspace=workspace)
    changed = [name for name in FIELDS if getattr(row, name) != getattr(declared, name)]
    for name in changed:
        setattr(row, name, getattr(declared, name))
    if known is None or row.discovered or changed:
        row.discovered, was_discovered = False, row.discovered
        try:
            row.full_clean()
        except ValidationError as error:
            raise _Refused(message_of(error)) from None
        row.save()
        if known is None or was_discovered:
            yield "declared" if known is None else "declared; it was discovered"
        else:
            yield f"changed: {', '.join(changed)}"
    stored = {version.version: version for version in row.versions.all()}
    for wanted in declared.versions:
        yield from _bring_in_version(row, stored.get(wanted.version), wanted)
    # Retired last, so that every version is compared with what was published before it.
    for wanted in declared.versions:
        version = row.versions.get(version=wanted.version)
        if wanted.status == Status.RETIRED and version.status == Status.ACTIVE:
            versions.retire(version)
            yield f"v{wanted.version} retired"


def _bring_in_version(row: EventType, stored: EventTypeVersion | None, wanted: DeclaredVersion) -> Iterator[str]:
    label = f"v{wanted.version}"
    if stored is not None and stored.status != Status.DRAFT:
        _check_published(stored, wanted)
        return
    if wrong := problems(wanted.schema):
        raise _Refused(*(f"{label}: {problem}" for problem in wrong))
    version = stored or EventTypeVersion(event_type=row, version=wanted.version)
    if stored is None or (version.schema, version.compatibility) != (wanted.schema, wanted.compatibility):
        version.schema, version.compatibility = wanted.schema, wanted.compatibility
        version.save()
        yield f"{label} {'drafted' if stored is None else 'changed'}"
    if wanted.status != Status.DRAFT:
        try:
            version = versions.publish(version, new_major=wanted.compatibility == Compatibility.NONE)
        except NotPublished as refused:
            hint = (
                '; say "compatibility": "none" where it is meant' if isinstance(refused, versions.BreaksBefore) else ""
            )
            raise _Refused("; ".join(map(str, (refused, *refused.details))) + hint) from None
        yield f"{label} published as major {version.major}"


def _check_published(stored: EventTypeVersion, wanted: DeclaredVersion) -> None:
    """What was published stays as it was, and its status goes forward only."""
    label = f"v{wanted.version} is {stored.status} in the registry"
    if stored.schema != wanted.schema:
        raise _Refused(f"{label} with another schema; declare a new version")
    if stored.compatibility != wanted.compatibility:
        raise _Refused(f'{label} with compatibility "{stored.compatibility}", which stays')
    if wanted.status == Status.DRAFT or (stored.status, wanted.status) == (Status.RETIRED, Status.ACTIVE):
        raise _Refused(f"{label} and does not become {wanted.status} again")


def differences(workspace: Workspace, declared: dict[str, Declared]) -> list[Finding]:
    """Where files and registry are not the same, by name."""
    stored = of_workspace(workspace)
    found = []
    for name in sorted(stored.keys() | declared.keys()):
        if name not in declared:
            found.append(Finding(name, "only in the registry"))
        elif name not in stored:
            found.append(Finding(name, "only in the files"))
        else:
            found += [Finding(name, what) for what in _different(stored[name], declared[name])]
    return found


def _different(stored: Declared, declared: Declared) -> Iterator[str]:
    changed = [name for name in FIELDS if getattr(stored, name) != getattr(declared, name)]
    if changed:
        yield f"different: {', '.join(changed)}"
    here, there = ({one.version: one for one in side.versions} for side in (stored, declared))
    for number in sorted(here.keys() | there.keys()):
        if number not in there:
            yield f"v{number} only in the registry"
        elif number not in here:
            yield f"v{number} only in the files"
        elif here[number] != there[number]:
            parts = [
                part
                for part in ("status", "compatibility", "schema")
                if _part(here, number, part) != _part(there, number, part)
            ]
            yield f"v{number} different: {', '.join(parts)}"


def _part(side: dict[int, DeclaredVersion], number: int, part: str) -> object:
    return getattr(side[number], part)


def faults(declared: dict[str, Declared]) -> list[Finding]:
    """What is wrong with declared types whatever the registry holds: no valid schemas, breaking changes not meant."""
    found = []
    for name in sorted(declared):
        before: DeclaredVersion | None = None
        for version in declared[name].versions:
            wrong = [str(problem) for problem in problems(version.schema)]
            if before is not None and not wrong and version.compatibility != Compatibility.NONE:
                wrong = [f"breaks v{before.version}: {change}" for change in breaking(before.schema, version.schema)]
            found += [Finding(name, f"v{version.version} {text}") for text in wrong]
            if version.status != Status.DRAFT and not problems(version.schema):
                before = version
    return found


def rows(findings: list[Finding]) -> list[dict[str, str]]:
    """For JSON: [{name, what}]."""
    return [asdict(finding) for finding in findings]

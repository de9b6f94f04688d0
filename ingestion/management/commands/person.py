from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import CommandError, CommandParser

from config.lib.commands import Command as BaseCommand
from config.lib.commands import workspace_of
from config.lib.uuids import parse
from config.models import Workspace
from ingestion import merging, people, traits
from ingestion.models import MergeRecord


class Command(BaseCommand):
    help = (
        "Show a person by any distinct id (or uuid), merge two people, or undo a merge, whose ID is the one that show "
        "names."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["show", "merge", "undo"])
        parser.add_argument("id", metavar="ID", help="A distinct id, a uuid, or (undo) the id of a merge.")
        self.add_workspace(parser)
        parser.add_argument("--into", metavar="ID", help="merge: an id of the person who stays.")
        parser.add_argument("--reason", default="", help="merge, undo: kept with the decision.")
        parser.add_argument(
            "--dry-run", action="store_true", help="merge, undo: say what it is about and change nothing."
        )
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = workspace_of(options["workspace"])
        try:
            if options["action"] == "show":
                facts = _facts(workspace, _person(workspace, options["id"]))
            elif options["action"] == "merge":
                facts = self._merge(workspace, options)
            else:
                facts = self._undo(workspace, options)
        except merging.Refused as reason:
            raise CommandError(str(reason)) from None
        if options["json"]:
            self.answer(facts)
        else:
            self._tell(facts)

    def _merge(self, workspace: Workspace, options: dict[str, Any]) -> dict[str, Any]:
        if options["into"] is None:
            raise CommandError("merge needs --into ID, an id of the person who stays")
        one, into = _person(workspace, options["id"]), _person(workspace, options["into"])
        if options["dry_run"]:
            return {"would_merge": _facts(workspace, one), "into": _facts(workspace, into)}
        record = merging.merge(workspace, one, into, by=None, reason=options["reason"])
        return {"merge": record.pk, "person": _facts(workspace, people.person_of(workspace.pk, into))}

    def _undo(self, workspace: Workspace, options: dict[str, Any]) -> dict[str, Any]:
        try:
            record = MergeRecord.objects.get(workspace=workspace, pk=parse(options["id"]))
        except (ValueError, MergeRecord.DoesNotExist):
            raise CommandError(f"There is no merge {options['id']!r} in {workspace.slug}") from None
        if options["dry_run"]:
            names = people.names(workspace.pk, [record.actor_id, record.into_id])
            return {"would_undo": _record(record, names)}
        merging.undo(record, by=None, reason=options["reason"])
        ends = {people.person_of(workspace.pk, end) for end in (record.actor_id, record.into_id)}
        return {"undone": record.pk, "people": [_facts(workspace, person) for person in sorted(ends)]}

    def _tell(self, facts: dict[str, Any], indent: str = "") -> None:
        for name, value in facts.items():
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict):
                    self.stdout.write(f"{indent}{name.replace('_', ' ')}:")
                    self._tell(one, indent + "  ")
                else:
                    self.stdout.write(f"{indent}{name.replace('_', ' ')}: {one}")


def _person(workspace: Workspace, text: str) -> UUID:
    found = people.find([workspace.pk], text)
    if not found:
        raise CommandError(f"Nobody in {workspace.slug} has the id {text!r}")
    return people.person_of(workspace.pk, found[0].actor_id)


def _facts(workspace: Workspace, person_id: UUID) -> dict[str, Any]:
    ids = people.identities(workspace.pk, person_id)
    actor_ids = [one.actor_id for one in ids]
    names = {one.actor_id: one.distinct_id for one in ids}
    records = people.records_of(workspace.pk, actor_ids)
    names |= people.names(workspace.pk, {end for one in records for end in (one.actor_id, one.into_id)} - names.keys())
    return {
        "person": person_id,
        "ids": [
            {
                "id": one.distinct_id,
                "actor": one.actor_id,
                "kind": one.kind,
                "merge": None if one.record is None else one.record.pk,
            }
            for one in ids
        ],
        "traits": {trait.key: trait.value for trait in traits.of_person(workspace.pk, actor_ids)},
        "merges": [_record(record, names) for record in records],
    }


def _record(record: MergeRecord, names: dict[UUID, str]) -> dict[str, Any]:
    return {
        "merge": record.pk,
        "id": names.get(record.actor_id, str(record.actor_id)),
        "is": names.get(record.into_id, str(record.into_id)),
        "by": record.evidence,
        "said_at": record.occurred_at,
        "reason": record.reason,
        "undone_at": record.undone_at,
    }

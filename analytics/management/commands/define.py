import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from analytics import change_previews, definition_changes, definitions
from analytics.change_previews import Unfinished
from analytics.definition_changes import Change
from analytics.definitions import ALWAYS, DEFINITIONS, Definition
from analytics.models import DefinitionVersion
from analytics.preview_tables import facts_of, lines_of
from config.lib.buckets import day_of
from config.lib.commands import Command as BaseCommand
from config.lib.commands import a_date, message_of, positive, workspace_of
from config.models import User, Workspace


class Command(BaseCommand):
    help = (
        "Show what a definition holds and held; with --set a new version from a day on, with --retire one taken back."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("key", help="Key of the definition, or list for all keys.")
        self.add_workspace(parser)
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="FIELD=VALUE",
            help="A field of the new version, as JSON or text; fields not named stay as they are.",
        )
        parser.add_argument("--from", dest="first", type=a_date, help="First day it holds; today when left out.")
        parser.add_argument("--retire", action="store_true", help="Take back the version that begins --from that day.")
        parser.add_argument("--owner", metavar="E-MAIL", help="Who answers for it: somebody who logs in by it.")
        parser.add_argument("--reason", default="", help="Why, for whoever looks at it later.")
        parser.add_argument("--dry-run", action="store_true", help="Change nothing; say what would change, by numbers.")
        parser.add_argument(
            "--seconds", type=positive(float), default=60.0, help="How long a dry run may compute before it tells (60)."
        )
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = workspace_of(options["workspace"])
        if options["key"] == "list":
            self._list(workspace, options)
            return
        if options["key"] not in DEFINITIONS:
            raise CommandError(f"There is no definition {options['key']!r}; `define list` names them all")
        definition = DEFINITIONS[options["key"]]
        if options["set"] and options["retire"]:
            raise CommandError("Give --set or --retire, not both")
        if not options["set"] and not options["retire"]:
            self._show(definition, workspace, options)
            return
        change = self._change(definition, workspace, options)
        try:
            if options["dry_run"]:
                self._preview(definition, workspace, change, options)
                return
            opened = definition_changes.apply(workspace, change).opened
        except ValidationError as error:
            raise CommandError(message_of(error)) from None
        if options["json"]:
            self.answer({"key": definition.key, "from": change.valid_from, "opened_buckets": opened})
            return
        self.stdout.write(
            f"{definition.key} is {'retired' if change.value is None else 'set'} from {change.valid_from}; "
            f"{opened:,} buckets wait to be filled again: manage.py rollup --workspace {workspace.slug}"
        )

    def _change(self, definition: Definition, workspace: Workspace, options: dict[str, Any]) -> Change:
        first = options["first"] or day_of(timezone.now(), workspace.zone)
        owner = None
        if options["owner"]:
            owner = User.objects.filter(email__iexact=options["owner"], is_active=True).first()
            if owner is None:
                raise CommandError(f"Nobody logs in by {options['owner']!r}")
        value = None
        if options["set"]:
            value = definitions.current(workspace, definition.key, first) | dict(map(_field, options["set"]))
        return Change(definition.key, value, first, owner, options["reason"])

    def _list(self, workspace: Workspace, options: dict[str, Any]) -> None:
        today = day_of(timezone.now(), workspace.zone)
        found = [(one, definitions.current(workspace, one.key, today)) for one in DEFINITIONS]
        if options["json"]:
            self.answer([{"key": one.key, "title": one.title, "help": one.help, "value": v} for one, v in found])
            return
        for one, value in found:
            self.stdout.write(f"{one.key:28} {_words(value)}")

    def _show(self, definition: Definition, workspace: Workspace, options: dict[str, Any]) -> None:
        rows = DefinitionVersion.objects.filter(workspace=workspace, key=definition.key, retired_at__isnull=True)
        by_day = {row.valid_from: row for row in rows.select_related("owner")}
        versions: list[dict[str, Any]] = [
            {
                "from": None if one.since == ALWAYS else one.since,
                "value": one.value,
                "owner": row.owner.email if row is not None and row.owner is not None else None,
                "reason": "" if row is None else row.note,
            }
            for one in definitions.held(workspace, definition.key)
            for row in [by_day.get(one.since)]
        ]
        if options["json"]:
            self.answer({"key": definition.key, "workspace": workspace.slug, "versions": versions})
            return
        self.stdout.write(f"{definition.title}: {definition.help}")
        for version in versions:
            since = version["from"] or "always"
            told = " · ".join(part for part in (version["owner"], version["reason"]) if part)
            self.stdout.write(f"{since!s:12} {_words(version['value'])}  {told}".rstrip())

    def _preview(self, definition: Definition, workspace: Workspace, change: Change, options: dict[str, Any]) -> None:
        try:
            found = change_previews.preview(
                workspace, lambda: definition_changes.apply(workspace, change), seconds=options["seconds"]
            )
        except Unfinished as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.answer({"key": definition.key, "from": change.valid_from, "dry_run": True} | facts_of(found))
        else:
            self.stdout.write("\n".join(lines_of(found)))


def _field(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise CommandError(f"{text!r} is not FIELD=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _words(value: dict[str, Any]) -> str:
    return ", ".join(f"{name}={json.dumps(inner, ensure_ascii=False)}" for name, inner in value.items())

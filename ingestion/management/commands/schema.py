from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from config.lib.commands import Command as BaseCommand
from config.lib.commands import workspace_of
from config.models import Workspace
from ingestion import schema_files, schema_import
from ingestion.schema_files import Declared


class Command(BaseCommand):
    help = (
        "Keep the event types of a workspace in git, one JSON file each. export writes the files; import makes the "
        "registry hold what they declare, all or nothing; check ends with 1 when files and registry differ, or a "
        "version breaks the one before without saying so."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["export", "import", "check"])
        parser.add_argument("folder", metavar="DIR", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="import: say what would be done, and do nothing.")
        self.add_workspace(parser)
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        workspace, folder = workspace_of(options["workspace"]), options["folder"]
        if options["action"] == "export":
            self._export(workspace, folder, as_json=options["json"])
            return
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}")
        declared, unreadable = schema_files.read_folder(folder)
        if options["action"] == "import":
            facts = self._import(workspace, declared, unreadable, dry_run=options["dry_run"])
        else:
            facts = self._check(workspace, declared, unreadable)
        if options["json"]:
            self.answer(facts)
        else:
            self._say(facts)
        if any(facts[key] for key in ("errors", "differences", "faults") if key in facts):
            raise SystemExit(1)

    def _export(self, workspace: Workspace, folder: Path, *, as_json: bool) -> None:
        declared = schema_files.of_workspace(workspace)
        try:
            written, same = schema_files.write_folder(folder, declared.values())
        except OSError as error:
            raise CommandError(f"Not written: {error}") from None
        if as_json:
            self.answer({"written": written, "same": same})
        else:
            self.stdout.write("\n".join([*written, f"{len(written)} files written, {same} were right already"]))

    def _import(
        self, workspace: Workspace, declared: dict[str, Declared], unreadable: list[str], *, dry_run: bool
    ) -> dict[str, Any]:
        # With a file that cannot be read, nobody knows what is meant: the rest is looked at, and nothing done.
        done = schema_import.bring_in(workspace, declared, dry_run=dry_run or bool(unreadable))
        errors = [*unreadable, *map(str, done.errors)]
        return {"dry_run": dry_run, "steps": schema_import.rows(done.steps), "errors": errors}

    def _check(self, workspace: Workspace, declared: dict[str, Declared], unreadable: list[str]) -> dict[str, Any]:
        return {
            "differences": schema_import.rows(schema_import.differences(workspace, declared)),
            "faults": schema_import.rows(schema_import.faults(declared)),
            "errors": unreadable,
        }

    def _say(self, facts: dict[str, Any]) -> None:
        for key in ("steps", "differences", "faults"):
            for finding in facts.get(key, ()):
                self.stdout.write(f"{finding['name']}: {finding['what']}")
        for error in facts["errors"]:
            self.stderr.write(error)
        if "steps" in facts:
            nothing = " (nothing is changed)" if facts["dry_run"] or facts["errors"] else ""
            self.stdout.write(f"{len(facts['steps'])} steps, {len(facts['errors'])} errors{nothing}")
        elif not any(facts.values()):
            self.stdout.write("Files and registry are the same")

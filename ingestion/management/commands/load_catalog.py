from typing import Any

from django.core.management.base import CommandParser

from config.lib.commands import Command as BaseCommand
from config.lib.commands import workspace_of
from ingestion import catalog


class Command(BaseCommand):
    help = "Add the shipped event types to a workspace; types that are there, your edits included, stay as they are."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--system",
            action="append",
            choices=catalog.SYSTEMS,
            help="This system only; may be given several times. All four when left out.",
        )
        self.add_workspace(parser)
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = workspace_of(options["workspace"])
        loaded = catalog.load(workspace, tuple(options["system"] or catalog.SYSTEMS))
        if options["json"]:
            self.answer({"added": loaded.added, "kept": loaded.kept})
        else:
            self.stdout.write(f"{loaded.added} event types added, {loaded.kept} kept as they were")

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from config.lib.commands import Command as BaseCommand
from config.lib.commands import message_of
from ingestion import catalog, workspaces


class Command(BaseCommand):
    help = "Create a workspace with a source and print its write key and its server key, which are shown only here."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="Short name used in commands and URLs, for example my-forum.")
        parser.add_argument("--name", default="", help="Name that people see; made of the slug when left out.")
        parser.add_argument("--time-zone", default="UTC", help="Zone whose calendar days count, e.g. Europe/Vienna.")
        parser.add_argument(
            "--catalog",
            action="append",
            choices=catalog.SYSTEMS,
            help="Event types of this system only; may be given several times. All four when left out.",
        )
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            created = workspaces.create(
                options["slug"],
                name=options["name"],
                time_zone=options["time_zone"],
                systems=tuple(options["catalog"] or catalog.SYSTEMS),
            )
        except ValidationError as error:
            raise CommandError(message_of(error)) from None
        workspace = created.workspace
        if options["json"]:
            self.answer(
                {
                    "id": workspace.pk,
                    "uuid": str(workspace.uuid),
                    "slug": workspace.slug,
                    "name": workspace.name,
                    "time_zone": workspace.time_zone,
                    "write_key": created.write_key,
                    "server_key": created.server_key,
                }
            )
            return
        self.stdout.write(f"Workspace {workspace.slug} ({workspace.uuid}), days in {workspace.time_zone}")
        self.stdout.write(f"  write key   {created.write_key}")
        self.stdout.write(f"  server key  {created.server_key}")
        self.stdout.write("Keep them: only their hashes are stored.")

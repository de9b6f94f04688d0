from typing import Any

from django.core.management.base import CommandParser

from config import schedules
from config.lib.commands import Command as BaseCommand


class Command(BaseCommand):
    help = "Add declared schedules that are missing in the database; operators' edits are listed and left alone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Say what would be added, add nothing.")
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        synced = schedules.sync(add=not options["dry_run"])
        if options["json"]:
            self.answer({"added": synced.added, "edited": synced.edited, "undeclared": synced.undeclared})
            return
        self.stdout.write(f"Added: {', '.join(synced.added) or 'none'}")
        self.stdout.write(f"Edited here, left alone: {', '.join(synced.edited) or 'none'}")
        self.stdout.write(f"Not declared in the code: {', '.join(synced.undeclared) or 'none'}")

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import ProgrammingError

from analytics import guarding
from config.lib.commands import Command as BaseCommand


class Command(BaseCommand):
    help = (
        "Make the role of PostgreSQL as which analyses of events are asked: it reads what they need and nothing else. "
        "To be said after each migrate; without it they are asked as Agora, in a transaction that reads only."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="Print the statements, for whoever may make roles, and run none."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dry_run"]:
            for one in guarding.role_statements():
                self.stdout.write(f"{one};")
            return
        try:
            guarding.make_role()
        except ProgrammingError as error:
            said = f"{str(error).strip()}. Let somebody run what --dry-run prints who may"
            raise CommandError(said) from None
        self.stdout.write(f"Analyses of events are asked as {guarding.ROLE}")

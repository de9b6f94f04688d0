from typing import Any

from django.core.management.base import CommandError, CommandParser

from config.lib.commands import Command as BaseCommand
from ingestion import cdc


class Command(BaseCommand):
    help = (
        "Print SQL for your own database, PostgreSQL 13 or newer: an outbox, and a trigger on a table that writes an "
        "event there for every row that is inserted, updated or deleted. Agora's poll_sources reads it. Changes "
        "nothing by itself; run what it prints, as often as you like."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("table", help="The table whose rows are followed: TABLE or SCHEMA.TABLE.")
        parser.add_argument(
            "--schema", default="", help="Its schema (default: public); with it, a dot is part of the table's name."
        )
        parser.add_argument(
            "--event-name",
            default="",
            metavar="NAME",
            help="Events are called NAME_created, NAME_updated and NAME_deleted (default: the table's name).",
        )
        parser.add_argument(
            "--key", nargs="+", default=[], metavar="COLUMN", help="What tells rows apart; becomes property object_id."
        )
        parser.add_argument("--person", default="", metavar="COLUMN", help="The column that says whose event it is.")
        parser.add_argument(
            "--columns", nargs="+", default=[], metavar="COLUMN", help="Take these columns and no others."
        )
        parser.add_argument(
            "--exclude",
            nargs="+",
            default=[],
            metavar="COLUMN",
            help="Leave these columns out. Without --columns those are left out, too, whose names look like personal "
            "data (email, phone, password, address and the like).",
        )
        parser.add_argument("--role", default="", help="Let this role, which Agora logs in with, read the outbox.")
        parser.add_argument("--remove", action="store_true", help="Print how to take the trigger away again.")

    def handle(self, *args: Any, **options: Any) -> None:
        schema, dot, table = options["table"].partition(".")
        if options["schema"] or not dot:
            schema, table = options["schema"] or "public", options["table"]
        capture = cdc.Capture(
            table=table,
            schema=schema,
            event_name=options["event_name"],
            key=tuple(options["key"]),
            person=options["person"],
            columns=tuple(options["columns"]),
            exclude=tuple(options["exclude"]),
            role=options["role"],
        )
        try:
            script = cdc.remove(capture) if options["remove"] else cdc.install(capture)
        except cdc.NotPrintable as error:
            raise CommandError(str(error)) from None
        if named := cdc.personal(capture.columns):
            self.stderr.write(f"These columns look like personal data, and are taken as you asked: {', '.join(named)}")
        self.stdout.write(script)

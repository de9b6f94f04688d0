import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from tqdm import tqdm

from analytics import exports
from analytics.exports import EXPORTS
from analytics.spans import InvalidSpan, span_of
from config.lib.commands import Command as BaseCommand
from config.lib.commands import a_date, workspace_of
from config.lib.table_files import FORMATS

ENDINGS = ", ".join(f".{key}" for key in FORMATS)


class Command(BaseCommand):
    help = "Write a table of some days into a file, with pseudonyms for people unless --with-people is given."

    def add_arguments(self, parser: CommandParser) -> None:
        tables = [one.key for one in EXPORTS]
        parser.add_argument("table", choices=tables, metavar="TABLE", help=f"Among {', '.join(tables)}.")
        parser.add_argument("file", type=Path, help=f"Where to, ending with {ENDINGS}.")
        self.add_workspace(parser)
        parser.add_argument("--from", dest="first", type=a_date, metavar="DAY", help="First day (30 days before --to).")
        parser.add_argument("--to", dest="last", type=a_date, metavar="DAY", help="Last day (yesterday).")
        parser.add_argument("--with-people", action="store_true", help="Ids of people as they are.")
        parser.add_argument("--bots", action="store_true", help="Bots and test accounts as well.")

    def handle(self, *args: Any, **options: Any) -> None:
        workspace, file, dataset = workspace_of(options["workspace"]), options["file"], EXPORTS[options["table"]]
        wanted = FORMATS.get(file.suffix.removeprefix("."))
        if wanted is None:
            raise CommandError(f"{file.name!r} says no form: let it end with {ENDINGS}")
        asked = {name: str(options[key]) for name, key in (("from", "first"), ("to", "last")) if options[key]}
        try:
            span = span_of(workspace, asked)
        except InvalidSpan as error:
            raise CommandError(str(error)) from None
        rows = exports.read(
            dataset,
            workspace,
            span.first,
            span.last,
            with_people=options["with_people"],
            with_bots=options["bots"],
        )
        count = 0

        def counted() -> Iterator[tuple[Any, ...]]:
            nonlocal count
            for count, row in enumerate(tqdm(rows, unit=" rows", disable=not sys.stderr.isatty()), 1):  # noqa: B007 told below
                yield row

        try:
            # Whoever exports people does it for nobody else.
            file.touch(mode=0o600)
            with file.open("wb") as out:
                out.writelines(wanted.write(dataset.columns, counted()))
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}") from None
        self.stdout.write(f"{count:,} rows of {span.first} to {span.last} in {file}")

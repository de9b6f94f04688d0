import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from tqdm import tqdm

from config import runs
from config.lib.commands import Command as BaseCommand
from config.lib.commands import workspace_of
from ingestion.importers import ImportRefused, count_lines, import_file
from ingestion.mappings import MAPPINGS


class Command(BaseCommand):
    help = (
        "Import events from a file: JSON lines in any envelope, or CSV with a mapping; .gz too. Events may be of any "
        "age. An import that was cut short goes on where it stopped; the same file twice stores nothing twice."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="JSON lines or CSV, packed with gzip or not.")
        self.add_workspace(parser)
        parser.add_argument("--mapping", choices=sorted(MAPPINGS), help="How CSV rows are read; CSV needs one.")
        parser.add_argument(
            "--rebase-to-yesterday",
            action="store_true",
            help="Move all times by whole weeks so that the last event is of yesterday or up to six days before.",
        )
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        workspace, path = workspace_of(options["workspace"]), options["file"]
        try:
            total = count_lines(path)
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error}") from None
        except ImportRefused as error:
            raise CommandError(str(error)) from None
        quiet = options["json"] or not sys.stderr.isatty()
        mapping = options["mapping"] or ""
        facts = {"file": str(path), "mapping": mapping}
        try:
            with (
                runs.recorded("ingestion.import_events", workspace=workspace, arguments=facts) as recorder,
                tqdm(total=total, unit=" lines", disable=quiet) as bar,
            ):
                totals = import_file(
                    workspace,
                    path,
                    mapping=mapping,
                    rebase=options["rebase_to_yesterday"],
                    progress=bar.update,
                )
                recorder.rows_in, recorder.rows_out = totals.received, totals.accepted
        except (ImportRefused, runs.AlreadyRunning) as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.answer(asdict(totals))
        else:
            self.stdout.write(
                f"{totals.received:,} events: {totals.accepted:,} accepted, {totals.duplicates:,} duplicates, "
                f"{totals.rejected:,} rejected"
            )

import argparse
import codecs
import json
import sys
from argparse import RawDescriptionHelpFormatter
from contextlib import closing
from dataclasses import asdict, fields
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.management.base import CommandError, CommandParser
from tqdm import tqdm

from config import runs
from config.lib.commands import Command as BaseCommand
from config.lib.commands import workspace_of
from ingestion import files
from ingestion.columns import FIELDS, LONGEST, Columns, ImportRefused
from ingestion.files import Reading
from ingestion.importers import import_file
from ingestion.mappings import MAPPINGS

PREVIEWED = 5
# No event is earlier than 2000, and none is of the far future.
LONGEST_SHIFT = timedelta(days=365 * 1_000)
EXAMPLES = """
examples:
  events in an envelope of the API, one JSON object a line:
    manage.py import_events events.jsonl.gz --workspace my-forum
  CSV, TSV or JSON lines of any shape: say which column is what; try it with --preview, which stores nothing:
    manage.py import_events clicks.csv --workspace shop --preview \\
        --column user_id=visitorid --column timestamp=ts --column event=action
  every row is the same event, days are written as people of one country do, in their time:
    manage.py import_events orders.csv --workspace shop --event order_placed \\
        --column user_id=CustomerID --column timestamp=InvoiceDate --time-format "%d/%m/%Y %H:%M" \\
        --time-zone Europe/London --encoding latin-1 --repeats
  no line of names, blanks between columns, and 28 years older than anything may be:
    manage.py import_events cdnow.txt --workspace cds --header customer,date,quantity,amount --event purchase \\
        --column user_id=customer --column timestamp=date --shift-days 10227 --repeats
Then `manage.py rollup --workspace SLUG` counts what was stored.
"""


class Command(BaseCommand):
    help = (
        "Import events from a file: JSON lines in any envelope, or rows (CSV, TSV, JSON) of any shape with --column; "
        ".gz too. Events may be of any age since 2000. An import that was cut short goes on where it stopped; the same "
        "file twice stores nothing twice."
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(
            prog_name, subcommand, epilog=EXAMPLES, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="JSON lines or rows, packed with gzip or not.")
        self.add_workspace(parser)
        parser.add_argument("--mapping", choices=sorted(MAPPINGS), help="Read CSV by a mapping that is shipped.")
        _add_columns(parser)
        times = parser.add_mutually_exclusive_group()
        times.add_argument(
            "--rebase-to-yesterday",
            action="store_true",
            help="Move all times by whole weeks so that the last event is of yesterday or up to six days before.",
        )
        times.add_argument(
            "--shift-days",
            type=_shift,
            default=0,
            metavar="DAYS",
            help="Move all times by so many days. 10227 are 28 years: weekdays and lengths of months stay.",
        )
        parser.add_argument(
            "--preview", action="store_true", help=f"Print the first {PREVIEWED} events, and store nothing."
        )
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        workspace, path = workspace_of(options["workspace"]), options["file"]
        try:
            reading = _reading(options) or files.reading_of(path)
            total = files.count_lines(path)
            if options["preview"]:
                self._preview(path, reading)
                return
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error}") from None
        except ImportRefused as error:
            raise CommandError(str(error)) from None
        quiet = options["json"] or not sys.stderr.isatty()
        facts = {"file": str(path), "mapping": str(reading)}
        try:
            with (
                runs.recorded("ingestion.import_events", workspace=workspace, arguments=facts) as recorder,
                tqdm(total=total, unit=" lines", disable=quiet) as bar,
            ):
                totals = import_file(
                    workspace,
                    path,
                    mapping=reading,
                    rebase=options["rebase_to_yesterday"],
                    shift_days=options["shift_days"],
                    progress=bar.update,
                )
                recorder.rows_in, recorder.rows_out = totals.received, totals.accepted
        except (ImportRefused, runs.AlreadyRunning) as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.answer(asdict(totals))
            return
        self.stdout.write(
            f"{totals.received:,} events: {totals.accepted:,} accepted, {totals.duplicates:,} duplicates, "
            f"{totals.rejected:,} rejected"
        )
        for name, count in totals.nobody.items():
            self.stdout.write(
                f"{count:,} of them are nobody's, as {name!r} stands for nobody; where it is somebody, import into an "
                "empty workspace with --user-prefix"
            )
        if totals.rejected:
            self.stdout.write(f"What was rejected, and why: manage.py quarantine list --workspace {workspace.slug}")

    def _preview(self, path: Path, reading: Reading) -> None:
        files.check(path, reading)
        with closing(files.items(path, reading, "preview")) as found:
            for item in islice((item for item in found if item is not None), PREVIEWED):
                self.stdout.write(
                    f"rejected: {item.rejection}" if item.rejection else json.dumps(item.value, ensure_ascii=False)
                )


def _add_columns(parser: CommandParser) -> None:
    parser.add_argument(
        "--column",
        action="append",
        type=_pair,
        default=[],
        metavar="WHAT=COLUMN",
        help=f"Which column is what of an event: {', '.join(FIELDS)}, or a property, whose name it takes. As often as "
        "needed. Columns that are called so need no naming; every other is a property of its own name.",
    )
    parser.add_argument("--event", default="", metavar="NAME", help="What every row is, where no column says it.")
    parser.add_argument(
        "--time-format",
        default="",
        metavar="FORMAT",
        help="How times are written, as of Python's strptime. Without it ISO 8601, a date alone (its midnight), or "
        "seconds or milliseconds since 1970.",
    )
    parser.add_argument(
        "--time-zone", type=_zone, default="UTC", metavar="ZONE", help="Of times that name none (default: UTC)."
    )
    parser.add_argument(
        "--header",
        type=_names,
        default=(),
        metavar="NAMES",
        help="Names of the columns, with commas between them, where the first line of the file is a row already.",
    )
    parser.add_argument(
        "--numbers", type=_names, default=(), metavar="COLUMNS", help="Columns of CSV that are numbers, not text."
    )
    parser.add_argument(
        "--encoding", type=_encoding, default="utf-8", help="Of the file, such as latin-1 (default: utf-8)."
    )
    parser.add_argument(
        "--user-prefix", default="", metavar="TEXT", help="In front of every user_id, of files in which 0 is somebody."
    )
    parser.add_argument(
        "--repeats",
        action="store_true",
        help="Rows that are alike are as many events. Without it they are one, sent again.",
    )


def _reading(options: dict[str, Any]) -> Reading:
    """How the file is to be read. Raises CommandError."""
    named = dict(options["column"])
    if len(named) < len(options["column"]):
        raise CommandError("A --column is named twice")
    columns = Columns(
        named=named,
        **{one.name: options[one.name] for one in fields(Columns) if one.name != "named"},
    )
    if columns == Columns():
        return options["mapping"] or ""
    if options["mapping"]:
        raise CommandError("Give --mapping or columns, not both")
    if len(str(columns)) > LONGEST:
        raise CommandError(f"What is said of the columns has {LONGEST} characters at most")
    return columns


def _pair(text: str) -> tuple[str, str]:
    what, _, column = text.partition("=")
    if not what or not column:
        raise argparse.ArgumentTypeError(f"{text!r} is not WHAT=COLUMN, such as user_id=CustomerID")
    return what, column


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise argparse.ArgumentTypeError(f"{text!r} is no time zone such as Europe/Paris") from None
    return text


def _encoding(text: str) -> str:
    try:
        return codecs.lookup(text).name
    except LookupError:
        raise argparse.ArgumentTypeError(f"{text!r} is no encoding such as utf-8 or latin-1") from None


def _shift(text: str) -> int:
    try:
        days = int(text)
    except ValueError:
        days = LONGEST_SHIFT.days + 1
    if abs(days) > LONGEST_SHIFT.days:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days")
    return days

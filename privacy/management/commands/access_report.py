from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from config.lib.buckets import day_of
from config.lib.commands import Command as BaseCommand
from config.lib.commands import a_date, workspace_of
from privacy.access_report import report

DAYS = 30


class Command(BaseCommand):
    help = "Who read what over the API, how often, and how many rows they were told: the access log summed up."

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_workspace(parser)
        parser.add_argument("--from", dest="first", type=a_date, metavar="DAY", help=f"First day ({DAYS} days in all).")
        parser.add_argument("--to", dest="last", type=a_date, metavar="DAY", help="Last day (today).")
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = workspace_of(options["workspace"])
        last = options["last"] or day_of(timezone.now(), workspace.zone)
        first = options["first"] or last - timedelta(days=DAYS - 1)
        if first > last:
            raise CommandError("--to comes before --from")
        lines = report(workspace, first, last)
        if options["json"]:
            self.answer([asdict(line) for line in lines])
            return
        for line in lines:
            refused = f", {line.refused:,} refused" if line.refused else ""
            self.stdout.write(
                f"{line.who}  {line.path}  {line.reads:,} reads, {line.rows:,} rows{refused}, "
                f"{line.first_at:%Y-%m-%d %H:%M} to {line.last_at:%Y-%m-%d %H:%M} UTC"
            )
        reads, rows = sum(line.reads for line in lines), sum(line.rows for line in lines)
        self.stdout.write(f"{first} to {last}: {reads:,} reads by {len({line.who for line in lines}):,}, {rows:,} rows")

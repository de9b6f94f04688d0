from dataclasses import asdict
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser

from config.lib.commands import Command as BaseCommand
from config.lib.commands import a_date, workspace_of
from config.runs import AlreadyRunning, recorded
from ingestion import anomalies
from ingestion.anomalies import DAY, Found


class Command(BaseCommand):
    help = (
        "Flag the events of minutes in which one person sent more than its source thinks possible, and take the flag "
        "off where a limit was raised since; of the last two hours, or of a range of days. The schedule does it every "
        "hour and every night."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_workspace(parser)
        parser.add_argument("--from", dest="first", type=a_date, help="First UTC day of a range.")
        parser.add_argument("--to", dest="last", type=a_date, help="Last UTC day of it; the first when left out.")
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = workspace_of(options["workspace"])
        first, last = options["first"], options["last"] or options["first"]
        if (options["last"] and not first) or (first and last < first):
            raise CommandError("Give --from, and --to not before it")
        try:
            with recorded("ingestion.find_anomalies", workspace=workspace) as recorder:
                found = Found()
                if first is None:
                    found = anomalies.find_recent(workspace)
                for number in range((last - first).days + 1 if first else 0):
                    start = datetime.combine(first + timedelta(days=number), time(), UTC)
                    found += anomalies.find(workspace, start, start + DAY)
                recorder.rows_out = found.events
        except AlreadyRunning as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.answer(asdict(found))
        else:
            self.stdout.write(
                f"{found.anomalies:,} anomalies stand, {found.lapsed:,} are none any more; "
                f"the flag of {found.events:,} events changed"
            )

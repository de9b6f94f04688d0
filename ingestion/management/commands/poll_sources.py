import json
import math
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import Error as DatabaseError
from django.db import connection
from django.db.models import QuerySet

from config import runs
from config.lib.commands import Command as BaseCommand
from config.lib.commands import positive, workspace_of
from config.lib.timer import Timer
from config.models import Workspace
from ingestion import source_databases
from ingestion.models import SourceDatabase
from ingestion.source_databases import Polled


class Command(BaseCommand):
    help = (
        "Read events from the outboxes of your own databases (manage.py cdc_sql) until SIGINT or SIGTERM. The schedule "
        "does the same every minute; run this beside it where a minute is too long. Twice at once does no harm."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workspace", metavar="SLUG", help="Sources of this workspace only.")
        parser.add_argument("--source", metavar="NAME", help="The source of this name only.")
        parser.add_argument(
            "--once", action="store_true", help="Read what waits now and end, also where a failure asks to wait."
        )
        parser.add_argument(
            "--every", type=positive(float), default=5.0, metavar="SECONDS", help="Pause between looks (default: 5)."
        )
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            self._poll_once(options)
            return
        timer = Timer(math.inf)
        with timer.on_signals():
            while True:
                try:
                    self._poll_due(options)
                except DatabaseError as error:
                    # Our own: what waits is safe where it is, and the next round connects again.
                    self.stderr.write(f"Agora's database is away: {error}")
                    connection.close()
                if timer.wait(options["every"]):
                    return

    def _poll_once(self, options: dict[str, Any]) -> None:
        total, failed = Polled(), []
        for workspace, databases in self._chosen(options):
            try:
                with runs.recorded("ingestion.poll_sources", workspace=workspace) as recorder:
                    done = source_databases.poll_all(databases, recorder.say)
                    recorder.rows_in, recorder.rows_out = done.rows, done.accepted
            except (source_databases.Away, runs.AlreadyRunning) as error:
                failed.append(str(error))
            else:
                total += done
        self._tell(total, as_json=options["json"])
        if failed:
            raise CommandError("; ".join(failed))

    def _poll_due(self, options: dict[str, Any]) -> None:
        """One round of the loop; what fails is written down in the row, and tried again by its own pause."""
        for workspace, databases in self._chosen(options):
            ready = source_databases.due(databases)
            try:
                if not source_databases.anything_waits(ready):
                    continue
                with runs.recorded("ingestion.poll_sources", workspace=workspace) as recorder:
                    done = source_databases.poll_all(ready, recorder.say)
                    recorder.rows_in, recorder.rows_out = done.rows, done.accepted
            except (source_databases.Away, runs.AlreadyRunning) as error:
                self.stderr.write(str(error))
            else:
                self._tell(done, as_json=options["json"])

    def _chosen(self, options: dict[str, Any]) -> list[tuple[Workspace, QuerySet[SourceDatabase]]]:
        """The enabled databases asked for, by workspace. Raises CommandError where none has that name."""
        workspaces = [workspace_of(options["workspace"])] if options["workspace"] else Workspace.objects.order_by("pk")
        chosen = [(workspace, source_databases.enabled(workspace)) for workspace in workspaces]
        if name := options["source"]:
            chosen = [(workspace, databases.filter(source__name=name)) for workspace, databases in chosen]
            if not any(databases.exists() for _, databases in chosen):
                raise CommandError(f"There is no enabled source database {name!r}")
        return chosen

    def _tell(self, done: Polled, *, as_json: bool) -> None:
        line = (
            json.dumps(asdict(done))
            if as_json
            else (
                f"{done.rows:,} rows: {done.accepted:,} accepted, {done.duplicates:,} duplicates, "
                f"{done.rejected:,} rejected"
            )
        )
        self.stdout.write(line)
        self.stdout.flush()

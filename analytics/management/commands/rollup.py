import sys
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser
from tqdm import tqdm

from analytics.models import OpenBucket
from analytics.rollups import engine
from config import runs
from config.lib.buckets import DAY, day_start
from config.lib.commands import Command as BaseCommand
from config.lib.commands import a_date, workspace_of


class Command(BaseCommand):
    help = "Bring every rollup of a workspace up to date and return when it is; with --from and --to fill days again."

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_workspace(parser)
        parser.add_argument("--from", dest="first", type=a_date, help="First day to fill again, YYYY-MM-DD.")
        parser.add_argument("--to", dest="last", type=a_date, help="Last day to fill again; without it one day.")
        parser.add_argument("--dry-run", action="store_true", help="Say how many buckets would be filled, fill none.")
        parser.add_argument(
            "--wait", type=float, default=600, metavar="SECONDS", help="How long to wait for a fill under way (600)."
        )
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = workspace_of(options["workspace"])
        first, last = options["first"], options["last"] or options["first"]
        if last is not None and (first is None or last < first):
            raise CommandError("--to needs a --from that is not later")
        dry = options["dry_run"]
        try:
            with runs.recorded(
                "analytics.fill", workspace=workspace, wait=timedelta(seconds=options["wait"])
            ) as recorder:
                waiting = engine.prepare(
                    workspace,
                    None if first is None else day_start(first, workspace.zone),
                    None if last is None else day_start(last + DAY, workspace.zone),
                    keep=not dry,
                )
                if dry:
                    self._tell(options, {"would_fill_buckets": waiting}, f"{waiting:,} buckets would be filled")
                    return
                with tqdm(unit=" buckets", disable=options["json"] or not sys.stderr.isatty()) as bar:
                    fill = engine.bring_up_to_date(workspace, recorder=recorder, progress=bar.update)
                recorder.rows_in = fill.buckets
                left = OpenBucket.objects.filter(workspace=workspace).count()
        except runs.AlreadyRunning as error:
            raise CommandError(f"{error}; it did not end within {options['wait']:.0f} s") from None
        if fill.failed:
            raise CommandError("; ".join(f"{key}: {error}" for key, error in fill.failed.items()))
        self._tell(
            options,
            {"buckets": fill.buckets, "rows": fill.rows, "open_buckets": left},
            f"{fill.buckets:,} buckets filled, {fill.rows:,} rows written",
        )

    def _tell(self, options: dict[str, Any], facts: dict[str, Any], sentence: str) -> None:
        if options["json"]:
            self.answer(facts)
        else:
            self.stdout.write(sentence)

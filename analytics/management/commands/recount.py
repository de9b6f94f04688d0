import sys
from dataclasses import asdict
from random import Random
from typing import Any

from django.core.management.base import CommandError, CommandParser

from analytics import recount
from analytics.metrics import METRICS
from config.lib.commands import Command as BaseCommand
from config.lib.commands import a_date, positive, workspace_of


class Command(BaseCommand):
    help = (
        "Count numbers anew from the events, by statements that share nothing with the rollups, and compare; ends with "
        "1 when any is not as the events say. Days that are not closed are left out."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_workspace(parser)
        parser.add_argument("--metric", action="append", metavar="KEY", help="Of this metric alone; may be repeated.")
        parser.add_argument(
            "--from",
            dest="first",
            type=a_date,
            help="First day, YYYY-MM-DD; 90 days back if left out, and earlier of what is known only days later.",
        )
        parser.add_argument("--to", dest="last", type=a_date, help="Last day; yesterday when left out.")
        parser.add_argument(
            "--sample",
            type=positive(int),
            default=recount.NIGHTLY,
            metavar="N",
            help="Numbers to draw (200); of days and metrics that are fewer, all are.",
        )
        parser.add_argument("--seed", type=int, help="Draw the same sample again.")
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = workspace_of(options["workspace"])
        wanted = recount.recountable(METRICS[key] for key in self._keys(options["metric"]))
        if not wanted:
            raise CommandError("None of these metrics has a statement of its own to be counted anew by")
        first, last = recount.span(workspace, options["first"], options["last"])
        if last < first:
            raise CommandError("--to is earlier than --from")
        chance = Random(options["seed"])  # noqa: S311 no secret
        samples = recount.draw(workspace, wanted, options["first"], last, options["sample"], chance)
        outcome = recount.compare(workspace, samples)
        if options["json"]:
            self.answer(
                {
                    "workspace": workspace.slug,
                    "from": first,
                    "to": last,
                    "checked": outcome.checked,
                    "drifted": len(outcome.drifts),
                    "left_out": outcome.left_out,
                    "drift_ppm": outcome.drift_ppm,
                    "drifts": [self._drift(one) for one in outcome.drifts],
                }
            )
        else:
            self.stdout.write(
                f"{outcome.checked:,} numbers compared, {len(outcome.drifts):,} not as the events say, "
                f"{outcome.left_out:,} left out"
            )
            for one in outcome.drifts:
                self.stdout.write(recount.told(one))
        if not samples:
            self.stderr.write(
                f"No day of these is closed yet; `manage.py rollup list --workspace {workspace.slug}` tells how far "
                "the numbers are."
            )
        if outcome.drifts:
            sys.exit(1)

    def _keys(self, asked: list[str] | None) -> list[str]:
        if unknown := set(asked or []) - {metric.key for metric in METRICS}:
            raise CommandError(f"There is no metric {unknown.pop()!r}; `metric list` names them all")
        return asked or [metric.key for metric in METRICS]

    def _drift(self, one: recount.Compared) -> dict[str, Any]:
        facts = asdict(one)
        facts.pop("sample")
        return {"metric": one.sample.metric.key, "date": one.sample.day, "person": one.sample.person} | facts

import sys
from datetime import date, timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from analytics.metrics import METRICS, Metric
from analytics.models import OpenBucket
from analytics.rollups import backfill, engine
from analytics.rollups.explain import explained, standing
from analytics.rollups.rollup import ROLLUPS, in_order
from config import runs, upgrades
from config.lib.buckets import day_of
from config.lib.commands import Command as BaseCommand
from config.lib.commands import a_date, seconds, workspace_of
from config.models import Workspace


class Command(BaseCommand):
    help = (
        "Bring every rollup of a workspace up to date and return when it is (fill); with --from and --to fill days "
        "again (backfill), of one rollup and what follows from it with --only. list says how each stands, --explain "
        "all of one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "action",
            nargs="?",
            choices=["list", "fill", "backfill"],
            help="fill when left out, or backfill where days are given.",
        )
        parser.add_argument("--workspace", metavar="SLUG", help="Slug of the workspace; list and --explain go without.")
        parser.add_argument("--from", dest="first", type=a_date, help="First day to fill again, YYYY-MM-DD.")
        parser.add_argument("--to", dest="last", type=a_date, help="Last day to fill again; without it one day.")
        parser.add_argument("--only", metavar="KEY", default="", help="Of this rollup and what follows from it.")
        parser.add_argument(
            "--dry-run", action="store_true", help="Say how many buckets would be filled and rows replaced; fill none."
        )
        parser.add_argument(
            "--wait",
            type=seconds,
            default="600",
            metavar="SECONDS",
            help="How long to wait for a fill under way (600).",
        )
        parser.add_argument(
            "--explain",
            metavar="KEY",
            help="Tell the SQL, inputs, definitions, state and last runs of a rollup, or of that of a metric.",
        )
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        explain = options["explain"]
        metric = next((one for one in METRICS if one.key == explain and explain not in ROLLUPS), None)
        if metric:
            explain = metric.rollup
        for key in filter(None, (options["only"], explain)):
            if key not in ROLLUPS:
                raise CommandError(f"There is no rollup {key!r}; `rollup list` names them all")
        workspace = workspace_of(options["workspace"]) if options["workspace"] else None
        if explain:
            facts = {} if metric is None else _of_metric(metric)
            self._explain(facts | explained(ROLLUPS[explain], workspace), options)
        elif options["action"] == "list":
            self._list(workspace, options)
        elif workspace is None:
            raise CommandError("Say of which workspace: --workspace SLUG")
        else:
            self._fill(workspace, options)

    def _fill(self, workspace: Workspace, options: dict[str, Any]) -> None:
        first, last = _days(workspace, options)
        if options["dry_run"]:
            self._dry_run(workspace, first, last, options)
            return
        name = "analytics.fill" if first is None else "analytics.backfill"
        days = {} if first is None else {"first": str(first), "last": str(last), "rollup": options["only"]}
        wait: timedelta = options["wait"]
        arguments = {"workspace": workspace.slug, **days}
        try:
            with runs.recorded(name, workspace=workspace, arguments=arguments, wait=wait) as recorder:
                with tqdm(unit=" buckets", disable=options["json"] or not sys.stderr.isatty()) as bar:

                    def progress(number: int) -> None:
                        bar.total = max(recorder.expected, bar.n + number)
                        bar.update(number)

                    if first is None or last is None:
                        fill = backfill.fill(workspace, recorder=recorder, progress=progress)
                    else:
                        only = options["only"]
                        fill = backfill.run(workspace, first, last, only, recorder=recorder, progress=progress)
                recorder.rows_in = fill.buckets
                left = OpenBucket.objects.filter(workspace=workspace).count()
        except runs.AlreadyRunning as error:
            raise CommandError(f"{error}; it did not end within {wait.total_seconds():.0f} s") from None
        if fill.failed and upgrades.database_is_behind():
            raise CommandError(upgrades.WHAT_TO_DO)
        if fill.failed:
            raise CommandError("; ".join(f"{key}: {error}" for key, error in fill.failed.items()))
        self._tell(
            options,
            {"buckets": fill.buckets, "rows": fill.rows, "open_buckets": left},
            f"{fill.buckets:,} buckets filled, {fill.rows:,} rows written",
        )

    def _dry_run(self, workspace: Workspace, first: date | None, last: date | None, options: dict[str, Any]) -> None:
        if first is None or last is None:
            waiting = engine.prepare(workspace, None, None, keep=False)
            told = f"{waiting:,} buckets would be filled, and those whose numbers these change"
            self._tell(options, {"would_fill_buckets": waiting}, told)
            return
        steps = backfill.plan(workspace, first, last, options["only"])
        total = sum(step.buckets for step in steps)
        rows = sum(step.rows or 0 for step in steps)
        facts = [
            {"rollup": step.rollup.key, "buckets": step.buckets, "from": step.start, "to": step.end, "rows": step.rows}
            for step in steps
        ]
        if not options["json"]:
            for step in steps:
                there = "" if step.rows is None else f"{step.rows:>12,} rows there"
                self.stdout.write(f"{step.rollup.key:30} {step.buckets:>7,} {step.rollup.grain}s {there}")
        self._tell(
            options,
            {"would_fill_buckets": total, "rows_there": rows, "rollups": facts},
            f"{total:,} buckets would be filled, with {rows:,} rows there now",
        )

    def _list(self, workspace: Workspace | None, options: dict[str, Any]) -> None:
        facts = [
            {"key": one.key, "title": one.title, "grain": one.grain, "depends_on": list(one.depends_on)}
            | ({} if workspace is None else standing(one, workspace))
            for one in in_order()
        ]
        if options["json"]:
            self.answer(facts)
            return
        for one in facts:
            line = f"{one['key']:30} {one['grain']:6}"
            if workspace is not None:
                filled = f"{one['filled_to']:%Y-%m-%d %H:%M}" if one["filled_to"] else "-"
                line += f" {one['freshness']:12} to {filled:16} {one['rows']:>10,} rows {one['open_buckets']:>6,} open"
                line += " FAILED" if one["failure"] else ""
            self.stdout.write(f"{line}  {one['title']}")

    def _explain(self, facts: dict[str, Any], options: dict[str, Any]) -> None:
        if options["json"]:
            self.answer(facts)
            return
        text = facts.pop("sql")
        for name, value in facts.items():
            label = name.replace("_", " ")
            if name in {"definitions", "last_runs"} and value:
                self.stdout.write(f"{label}:")
                rows = value.items() if isinstance(value, dict) else enumerate(value, start=1)
                for key, inner in rows:
                    self.stdout.write(f"  {key}: {inner}")
            else:
                shown = ", ".join(map(str, value)) if isinstance(value, list | dict) else value
                self.stdout.write(f"{label}: {'-' if shown in {None, ''} else shown}")
        self.stdout.write(f"\n{text}")

    def _tell(self, options: dict[str, Any], facts: dict[str, Any], sentence: str) -> None:
        if options["json"]:
            self.answer(facts)
        else:
            self.stdout.write(sentence)


def _of_metric(metric: Metric) -> dict[str, Any]:
    """What a metric takes from the rows of its rollup."""
    return {
        "metric": metric.key,
        "definition": metric.definition,
        "numerator": metric.numerator,
        "denominator": metric.denominator or None,
        "counted_anew_by": metric.recount or None,
    }


def _days(workspace: Workspace, options: dict[str, Any]) -> tuple[date | None, date | None]:
    """First and last day to fill again, or twice None. Raises CommandError for what cannot be filled."""
    first, last = options["first"], options["last"] or options["first"]
    if last is not None and (first is None or last < first):
        raise CommandError("--to needs a --from that is not later")
    if first is None and (options["only"] or options["action"] == "backfill"):
        raise CommandError("Say which days: --from DAY, and --to DAY for more than one")
    if options["action"] == "fill" and first is not None:
        raise CommandError("fill takes what is open; to fill days again say backfill")
    today = day_of(timezone.now(), workspace.zone)
    if first is not None and not backfill.FIRST_DAY <= first <= today:
        raise CommandError(f"--from is a day from {backfill.FIRST_DAY} up to today")
    return first, last

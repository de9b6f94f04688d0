from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from analytics import metrics, session_figures
from analytics.management import (
    client_signals,
    cohort_tables,
    content_tables,
    funnel,
    hour_figures,
    levels,
    of_person,
    people_figures,
    standing,
    trends,
)
from analytics.metrics import METRICS, Metric, Value
from analytics.models import RollupState
from config.lib.buckets import day_of
from config.lib.commands import Command as BaseCommand
from config.lib.commands import a_date, a_date_or_instant, workspace_of
from config.models import Workspace

# What is no number of a bucket: the facts, and lines that say them.
TABLES: dict[str, Callable[[Workspace, dict[str, Any]], tuple[dict[str, Any], list[str]]]] = {
    "client_signals": client_signals.answer,
    "cohorts": cohort_tables.answer,
    "cohort_matrix": cohort_tables.answer,
    "funnel": funnel.answer,
    "levels": levels.answer,
    **dict.fromkeys(trends.TRENDING, trends.answer),
    **dict.fromkeys(trends.RANKINGS, trends.answer_ranking),
    "content": content_tables.answer,
}

# What the definitions call a metric within their section, where its key says more: members, earned, lag, bounce.
LONGER = ("points_{}", "point_{}", "{}_rate", "{}_p50", "session_{}")
OF_ONE = ("community_{}", "community_{}_made")

# A century of days: an answer of more is nobody's to read.
LONGEST = timedelta(days=36_525)


class Command(BaseCommand):
    help = "Print a metric: value, numerator, denominator, data points and state; of one day, or of each bucket."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "key",
            help="Key of the metric, cohorts, cohort_matrix, sessions (summed up), client_signals, funnel, levels, "
            "trending, top_channels, active_tags, content, profile_completion, people_by_sources, user_types, "
            "standing, or list.",
        )
        self.add_workspace(parser)
        parser.add_argument(
            "--at",
            type=a_date_or_instant,
            help="Day to tell, YYYY-MM-DD; yesterday when nothing is given. Of trending an instant, "
            "2026-01-31T18:00Z; now when nothing is given.",
        )
        parser.add_argument("--from", dest="first", type=a_date, help="First day of a range.")
        parser.add_argument("--to", dest="last", type=a_date, help="Last day of a range; yesterday when left out.")
        parser.add_argument(
            "--grain", choices=["hour", "day", "week", "month"], help="Bucket: the metric's shortest when left out."
        )
        parser.add_argument(
            "--of",
            default="",
            help="Which community or feature, for metrics of one; each without it. Of content type and id: post:42.",
        )
        parser.add_argument("--with-bots", action="store_true", help="Count bots and test accounts in.")
        cohort_tables.add_arguments(parser)
        funnel.add_arguments(parser)
        of_person.add_arguments(parser)
        trends.add_arguments(parser)
        levels.add_arguments(parser)
        client_signals.add_arguments(parser)
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = workspace_of(options["workspace"])
        if options["key"] != "list" and not RollupState.objects.filter(workspace=workspace).exists():
            self.stderr.write(
                f"Nothing of {workspace.slug} is filled yet, so there are no numbers: run "
                f"`manage.py rollup --workspace {workspace.slug}`"
            )
        yesterday = day_of(timezone.now(), workspace.zone) - timedelta(days=1)
        if options["at"] and (options["first"] or options["last"]):
            raise CommandError("Give --at or a range, not both")
        if options["first"] and (options["last"] or yesterday) - options["first"] > LONGEST:
            raise CommandError(f"A range is of {LONGEST.days:,} days at most")
        if options["key"] not in trends.TRENDING and isinstance(options["at"], datetime):
            raise CommandError(f"{options['key']} is of a day: give --at as YYYY-MM-DD")
        figures = _figures(workspace, yesterday, options)
        if options["key"] == "list":
            self._list(options)
        elif figures is not None:
            self._tell(figures, options)
        elif options["key"] == "sessions" and not (options["at"] or options["grain"]):
            self._sessions(workspace, yesterday, options)
        elif metric := _named(options["key"], options["of"]):
            self._metric(metric, workspace, yesterday, options)
        else:
            near = ", ".join(get_close_matches(options["key"], [*TABLES, *(metric.key for metric in METRICS)]))
            raise CommandError(
                f"There is no metric {options['key']!r}{near and f' ({near}?)'}; `metric list` names them all"
            )

    def _list(self, options: dict[str, Any]) -> None:
        if options["json"]:
            self.answer([{"key": m.key, "title": m.title, "unit": m.unit, "definition": m.definition} for m in METRICS])
            return
        for metric in METRICS:
            self.stdout.write(f"{metric.key:24} {metric.unit:9} {metric.definition}")

    def _tell(self, answer: tuple[dict[str, Any], list[str]], options: dict[str, Any]) -> None:
        facts, lines = answer
        if options["json"]:
            self.answer(facts)
        else:
            self.stdout.write("\n".join(lines or ["Nothing to tell of these days"]))

    def _sessions(self, workspace: Workspace, yesterday: date, options: dict[str, Any]) -> None:
        first = options["first"] or min(metrics.first_day(workspace) or yesterday, options["last"] or yesterday)
        last = options["last"] or max(first, yesterday)
        if last < first:
            raise CommandError("--to is earlier than --from")
        found = session_figures.figures(workspace, first, last, with_bots=options["with_bots"])
        if options["json"]:
            facts = asdict(found)
            days = {"from": facts.pop("first"), "to": facts.pop("last")}
            self.answer(
                {"metric": "sessions", "workspace": workspace.slug, "with_bots": options["with_bots"]} | days | facts
            )
            return
        self.stdout.write(f"{found.first} to {found.last}, {found.state}, confidence {found.confidence}")
        for name, number in (
            ("sessions", found.count),
            ("mean seconds", found.mean_seconds),
            ("bounces", found.bounces),
            ("pages per session", found.pages_per_session),
            ("seconds to first interaction", found.time_to_first_interaction),
        ):
            self.stdout.write(f"{name:28} {_short(number):>12}")

    def _metric(self, metric: Metric, workspace: Workspace, yesterday: date, options: dict[str, Any]) -> None:
        one_day = not (options["first"] or options["last"])
        first, last = _days(options, yesterday)
        grain: metrics.Grain = options["grain"] or metric.grains[0]
        every = bool(metric.per) and not options["of"]
        with_bots = False
        try:
            if every:
                found = metrics.read_each(metric, workspace, first, last, grain)
            else:
                with_bots = options["with_bots"] and grain in metric.grains and metrics.tells_bots(metric, grain)
                values = metrics.read(metric, workspace, first, last, grain, with_bots=with_bots, of=options["of"])
                found = {options["of"]: values}
        except metrics.NoSuchGrain as error:
            raise CommandError(str(error)) from None
        if options["with_bots"] and not with_bots:
            self.stderr.write(f"{metric.key} never counts bots and test accounts in: --with-bots changes nothing")
        if not options["json"]:
            if not found:
                self.stderr.write(f"Nothing that {metric.key} is of was there yet")
            for name, values in found.items():
                for value in values:
                    self.stdout.write((f"{name}  " if name else "") + self._line(metric, value))
            return
        facts = {
            "metric": metric.key,
            "workspace": workspace.slug,
            "unit": metric.unit,
            "grain": grain,
            "with_bots": with_bots,
        }
        if not one_day:
            facts |= {"from": first, "to": last}
        answers = {name: asdict(of[0]) if one_day else {"points": list(map(asdict, of))} for name, of in found.items()}
        if every:
            self.answer(facts | {"per": metric.per, "each": answers})
        else:
            self.answer(facts | ({metric.per: options["of"]} if metric.per else {}) | answers[options["of"]])

    def _line(self, metric: Metric, value: Value) -> str:
        number = _short(value.value)
        parts = "" if value.denominator is None else f"  ({value.numerator:,.0f} / {value.denominator:,.0f})"
        return (
            f"{value.date}  {number:>12} {metric.unit}{parts}  {value.data_points:,} data points, {value.state}, "
            f"confidence {value.confidence}"
        )


def _named(name: str, of: str) -> Metric | None:
    """The metric with that key or that name; where it is told of one thing, rather one that is of something."""
    longer = [key for form in OF_ONE if (key := form.format(name)) in METRICS and METRICS[key].per]
    keys = [*longer, name] if of else [name, *(form.format(name) for form in LONGER), *longer]
    return next((METRICS[key] for key in keys if key in METRICS), None)


def _days(options: dict[str, Any], yesterday: date) -> tuple[date, date]:
    """First and last day asked for. Raises CommandError where the one is after the other."""
    first = options["at"] or options["first"] or options["last"] or yesterday
    last = options["at"] or options["last"] or (max(first, yesterday) if options["first"] else first)
    if last < first:
        raise CommandError("--to is earlier than --from")
    return first, last


def _short(number: float | None) -> str:
    return "–" if number is None else f"{number:,.4f}".rstrip("0").rstrip(".")


def _figures(workspace: Workspace, yesterday: date, options: dict[str, Any]) -> tuple[dict[str, Any], list[str]] | None:
    """Facts and lines of what is more than a number of each bucket; None for what is not."""
    key = options["key"]
    if options["grain"] == "hour":
        return hour_figures.answer(workspace, yesterday, options)
    if key == standing.KEY:
        return standing.answer(workspace, yesterday, options)
    if options["person"] and key != "list":
        first, last = _days(options, yesterday)
        one_day = not (options["first"] or options["last"])
        return of_person.answer(workspace, first, last, options, one_day=one_day)
    if key in people_figures.KEYS:
        return people_figures.answer(workspace, yesterday, options)
    return TABLES[key](workspace, options) if key in TABLES else None

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from config.lib.buckets import day_of
from config.lib.commands import Command as BaseCommand
from config.lib.commands import a_date, message_of, positive, workspace_of
from config.models import Workspace
from economy import applying, arrivals, rings, rules, what_if
from economy.models import Account, RuleVersion
from economy.rules import FIELDS, Mode
from economy.statements import names_of
from economy.what_if import Comparison, Side, TooMuch

ACTIONS = {
    "show": "The mode, and the rules that hold today or on --on.",
    "history": "All versions of the rules.",
    "mode": "Whether events move points: off, by the rules, or as the application tells (mirror).",
    "load": "The forum's default rules that the workspace does not have.",
    "set": "Another version of a rule, from a day on.",
    "apply": "Look at what waits now, and not within the minute.",
    "whatif": "The last days again with other amounts, side by side. Writes nothing.",
    "rings": "Points that people pass on until they come back, in the last days. Writes nothing.",
    "again": "Look at the stored events of some days; what rules did is not done twice.",
}


# Fields that may be left empty.
NUMBERS = ("amount", "at_count", "most_per_day", "cooldown_seconds")


class Command(BaseCommand):
    help = "The rules by which events cost and earn points."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="|".join(ACTIONS))
        for name, words in ACTIONS.items():
            action = actions.add_parser(name, help=words, description=words)
            if name == "show":
                action.add_argument("--on", type=a_date, metavar="DAY", help="Another day than today.")
            if name == "mode":
                action.add_argument("mode", choices=list(Mode), metavar="off|rules|mirror")
            if name == "set":
                action.add_argument("key", metavar="KEY", help="Of a rule that is there, or of a new one.")
                action.add_argument("fields", nargs="+", metavar="FIELD=VALUE", help=f"Among {', '.join(FIELDS)}.")
                action.add_argument("--note", default="", help="Why, for whoever looks at it later.")
            if name in {"load", "set"}:
                action.add_argument("--from", dest="first", type=a_date, metavar="DAY", help="First day (today).")
            if name == "whatif":
                action.add_argument("--days", type=positive(int), default=30, metavar="N", help="Today included (30).")
                changes = "A rule with another amount, or off; as often as wanted."
                action.add_argument("--rule", action="append", default=[], metavar="KEY=AMOUNT", help=changes)
            if name == "rings":
                action.add_argument("--days", type=positive(int), metavar="N", help="As the definition says.")
            if name == "again":
                action.add_argument("--from", dest="first", type=a_date, metavar="DAY", required=True)
                action.add_argument("--to", dest="last", type=a_date, metavar="DAY", required=True)
            self.add_workspace(action)
            if name in {"show", "history", "whatif", "rings"}:
                self.add_json(action)

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = workspace_of(options["workspace"])
        try:
            getattr(self, f"_{options['action']}")(workspace, options)
        except ValidationError as error:
            raise CommandError(message_of(error)) from None

    def _show(self, workspace: Workspace, options: dict[str, Any]) -> None:
        day = options["on"] or _today(workspace)
        rows = list(rules.of_workspace(workspace).holding(day).values())
        mode = rules.mode_of(workspace.pk)
        if options["json"]:
            self.answer({"mode": mode, "day": day, "rules": [facts_of(row) for row in rows]})
            return
        self.stdout.write(f"mode: {mode}\nevents that wait: {applying.waiting(workspace)}\nrules on {day}:")
        self._list(rows)

    def _history(self, workspace: Workspace, options: dict[str, Any]) -> None:
        rows = list(RuleVersion.objects.filter(workspace=workspace).select_related("owner").order_by("key", "-version"))
        if options["json"]:
            more = ("version", "valid_from", "note", "created_at")
            self.answer(
                [facts_of(row) | {name: getattr(row, name) for name in more} | {"owner": row.owner} for row in rows]
            )
        else:
            self._list(rows)

    def _list(self, rows: list[RuleVersion]) -> None:
        for row in rows:
            self.stdout.write(f"  {row!s:24} from {row.valid_from}  {row.words}")
        if not rows:
            self.stdout.write("  none")

    def _mode(self, workspace: Workspace, options: dict[str, Any]) -> None:
        rules.set_mode(workspace, options["mode"])
        self.stdout.write(
            f"{options['mode']}; events that come from in {arrivals.FRESH_SECONDS:g} seconds on follow it"
        )

    def _load(self, workspace: Workspace, options: dict[str, Any]) -> None:
        rows = rules.load_forum(workspace, options["first"] or _today(workspace))
        self.stdout.write(f"{len(rows)} rules were added")
        self._list(rows)

    def _set(self, workspace: Workspace, options: dict[str, Any]) -> None:
        said = dict(_said(text) for text in options["fields"])
        day = options["first"] or _today(workspace)
        self._list([rules.change(workspace, options["key"], said, day, note=options["note"])])

    def _apply(self, workspace: Workspace, options: dict[str, Any]) -> None:
        done = applying.apply(workspace, self.stderr.write)
        self.stdout.write(
            f"{done.events:,} events: {done.moved:,} moved points, {done.refused:,} were refused, {done.capped:,} held "
            f"back, {done.known:,} done before"
        )

    def _whatif(self, workspace: Workspace, options: dict[str, Any]) -> None:
        said = {}
        for text in options["rule"]:
            key, is_said, said[key] = text.partition("=")
            if not is_said:
                raise CommandError(f"{text!r} is not KEY=AMOUNT")
        try:
            found = what_if.compare(workspace, options["days"], said)
        except TooMuch as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.answer(asdict(found))
        else:
            self.stdout.write("\n".join(lines_of(found)))

    def _rings(self, workspace: Workspace, options: dict[str, Any]) -> None:
        try:
            found = rings.search(workspace, options["days"])
        except rings.TooMany as error:
            raise CommandError(str(error)) from None
        people = Account.objects.in_bulk({pk for one in found for pk in one.accounts})
        names = names_of(workspace, people.values())
        if options["json"]:
            facts = [asdict(one) | {"people": [people[pk].person_id for pk in one.accounts]} for one in found]
            self.answer(facts)
            return
        for one in found:
            round_trip = " -> ".join(names[pk] for pk in [*one.accounts, one.accounts[0]])
            self.stdout.write(f"{one.points:,} points in {one.transfers:,} transfers: {round_trip}")
        self.stdout.write(f"rings: {len(found):,}")

    def _again(self, workspace: Workspace, options: dict[str, Any]) -> None:
        if options["last"] < options["first"]:
            raise CommandError("--to comes before --from")
        if not arrivals.watched(workspace.pk):
            raise CommandError("No events move points: set a mode, and rules in the mode rules")
        self.stdout.write(f"{arrivals.again(workspace, options['first'], options['last']):,} events wait")
        self._apply(workspace, options)


def _today(workspace: Workspace) -> date:
    return day_of(timezone.now(), workspace.zone)


def _said(text: str) -> tuple[str, Any]:
    """(name, value) of NAME=VALUE: a value is JSON where it is any, else text."""
    name, is_said, value = text.partition("=")
    if not is_said:
        raise CommandError(f"{text!r} is not FIELD=VALUE")
    if not value and name in NUMBERS:
        return name, None
    try:
        return name, json.loads(value, parse_constant=str, parse_float=str)
    except ValueError:
        return name, value


def facts_of(row: RuleVersion) -> dict[str, Any]:
    return {"key": row.key} | {name: getattr(row, name) for name in FIELDS}


def lines_of(found: Comparison) -> list[str]:
    """The comparison as a table."""
    sides = (found.as_it_is, found.changed)
    rows = [("", "as it is", "changed"), ("supply at the start", *[f"{found.supply_at_start:,}"] * 2)]
    rows += [(name, *(tell(side) for side in sides)) for name, tell in FIGURES]
    for key in sorted({key for side in sides for key in (*side.points, *side.refused)}):
        cells = [
            f"{side.moved.get(key, 0):,} for {side.points.get(key, 0):,}, {side.refused.get(key, 0):,} refused"
            for side in sides
        ]
        rows.append((key, *cells))
    told = [f"{found.first} to {found.last}, {found.events:,} events"]
    told += [f"{name:22}{before:>34}{after:>34}" for name, before, after in rows]
    told.append(f"{found.affected_people:,} of {found.people:,} people would have more or fewer points")
    return told + [f"  {one.person_id}  {one.before:,} -> {one.after:,}" for one in found.affected]


FIGURES: tuple[tuple[str, Callable[[Side], str]], ...] = (
    ("supply at the end", lambda side: f"{side.supply:,}"),
    ("gini", lambda side: "none" if side.gini is None else f"{side.gini:.4f}"),
    ("people with points", lambda side: f"{side.people_with_points:,}"),
)

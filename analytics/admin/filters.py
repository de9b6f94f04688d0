"""What a dashboard's page is asked for: days, what they are compared with, bots, a group of people or a community."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest

from analytics.admin.drawings import day_words
from analytics.dashboards import Dashboard
from analytics.groups import DIMENSIONS
from analytics.selections import Selection, dimensions_of, select
from analytics.spans import COMPARES, RANGES, InvalidSpan, Span, last_days, span_of
from config.models import Workspace

COMPARED = {"previous": "the days before", "year": "a year earlier", "none": "nothing"}


@dataclass(frozen=True, slots=True)
class Filters:
    """days: of the range where it is one of RANGES, else 0. wrong: what was not understood, in words."""

    workspace: Workspace
    span: Span
    days: int
    with_bots: bool
    selection: Selection
    # What the page of everybody is: its controls stay where a group is chosen.
    dashboard: Dashboard
    wrong: str = ""

    @property
    def title(self) -> str:
        if self.days:
            return f"The last {self.days} complete days"
        return f"{day_words(self.span.first)} to {day_words(self.span.last)}"

    @property
    def kept(self) -> dict[str, str]:
        """All but the workspace, as a query string has them."""
        found = {"days": str(self.days)}
        if not self.days:
            found = {"from": str(self.span.first), "to": str(self.span.last)}
        if self.span.compare != COMPARES[0]:
            found["compare"] = self.span.compare
        if self.with_bots:
            found["bots"] = "1"
        return found | self.selection.asked

    @property
    def query(self) -> str:
        return urlencode({"workspace": self.workspace.slug, **self.kept})

    @property
    def everybody(self) -> str:
        """The query of the same days without a group."""
        kept = {name: value for name, value in self.kept.items() if name not in self.selection.asked}
        return urlencode({"workspace": self.workspace.slug, **kept})

    @property
    def range_links(self) -> list[tuple[str, str, bool]]:
        """(words, query, whether it is this)."""
        other = {name: value for name, value in self.kept.items() if name not in {"days", "from", "to"}}
        return [
            (f"{days} days", urlencode({"workspace": self.workspace.slug, "days": days, **other}), days == self.days)
            for days in RANGES
        ]

    @property
    def bots_links(self) -> list[tuple[str, str, bool]]:
        other = {name: value for name, value in self.kept.items() if name != "bots"}
        without = {"workspace": self.workspace.slug, **other}
        # Groups are counted without.
        everybody = {name: value for name, value in without.items() if name not in self.selection.asked}
        return [
            ("Without bots", urlencode(without), not self.with_bots),
            ("With bots", urlencode(everybody | {"bots": "1"}), self.with_bots),
        ]

    @property
    def of(self) -> str:
        """Words for whom the numbers are of; "" of everybody."""
        return self.selection.group.words if self.selection.group else self.selection.community

    @property
    def controls(self) -> list[tuple[str, str, list[str]]]:
        """(parameter, words, names) of what the dashboard can be told by."""
        of_one = [DIMENSIONS["community"]] if self.dashboard.of_one else []
        found = [
            (one.key, one.title, one.names(self.workspace, self.span))
            for one in [*dimensions_of(self.dashboard), *of_one]
        ]
        return [one for one in found if one[2]]

    @property
    def compares(self) -> list[tuple[str, str, bool]]:
        return [(one, COMPARED[one], one == self.span.compare) for one in COMPARES]


def filters_of(request: HttpRequest, workspace: Workspace, dashboard: Dashboard) -> Filters:
    """What cannot be understood is told, and the last days of everybody are shown instead."""
    asked = request.GET
    days = int(asked["days"]) if asked.get("days") in {str(number) for number in RANGES} else RANGES[0]
    with_bots = asked.get("bots") == "1"
    try:
        span = span_of(workspace, asked.dict(), days)
        selection = select(dashboard, workspace, span, asked, with_bots=with_bots)
    except InvalidSpan as error:
        everybody = Selection(dashboard)
        return Filters(workspace, last_days(workspace, days), days, with_bots, everybody, dashboard, wrong=str(error))
    chosen_days = bool(asked.get("from") or asked.get("to"))
    return Filters(workspace, span, 0 if chosen_days else days, with_bots, selection, dashboard)

"""What the page of a dashboard shows, kept as answers of the API are: who comes second asks the database little."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from django.utils import timezone

from analytics.admin.drawings import card, charts_of
from analytics.admin.filters import Filters
from analytics.admin.panels import drawn, panels_for, told_to
from analytics.caching import How, answered
from analytics.dashboards import Freshness, Numbers, Untold
from analytics.panels import PERSON, Asked, Panel, named
from config.lib import buckets
from config.permissions import AnyUser, Area, may


@dataclass(frozen=True, slots=True)
class Shown:
    """Cards, charts and panels as their templates take them, each with the rollups that it is made of.

    controls: (parameter, words, names) of each filter that there is. begins: None where there is no number yet.
    """

    begins: date | None
    freshness: Freshness
    cards: list[dict[str, Any]]
    charts: list[dict[str, Any]]
    panels: list[dict[str, Any]]
    untold: list[Untold]
    controls: list[tuple[str, str, list[str]]]
    nothing_in_range: bool


def shown(user: AnyUser, filters: Filters) -> tuple[Shown, How]:
    """What the user may see of what is asked for, and how it came about."""
    workspace, board = filters.workspace, filters.selection.dashboard
    panels = panels_for(user, board.panels, workspace)
    today = buckets.day_of(timezone.now(), workspace.zone)
    asked = [filters.span, today, filters.with_bots, filters.selection.asked, [one.key for one in panels]]
    found = answered(workspace, f"page:{board.key}", asked, lambda: _read(filters, panels))
    kept = msgspec.json.decode(found.body, type=Shown)
    if may(user, "view", Area.PEOPLE, workspace.pk):
        _name(user, kept, filters, {one.key: one for one in panels})
    return kept, found.how


def _name(user: AnyUser, kept: Shown, filters: Filters, panels: dict[str, Panel]) -> None:
    """Panels of people are read with names for whoever may see them: names are never kept."""
    asked = Asked(filters.workspace, filters.span, filters.with_bots)
    for place, one in enumerate(kept.panels):
        if any(column["unit"] == PERSON for column in one["columns"]):
            panel = panels[one["key"]]
            kept.panels[place] = one | drawn(panel, told_to(user, panel, asked))


def _read(filters: Filters, panels: Sequence[Panel]) -> Shown:
    """With pseudonyms."""
    workspace = filters.workspace
    found = filters.selection.numbers(workspace, filters.span, with_bots=filters.with_bots)
    if found.begins is None:
        return Shown(None, found.freshness, [], [], [], [], [], nothing_in_range=True)
    seen = {one.key for one in panels}
    asked = Asked(workspace, filters.span, filters.with_bots)
    charts = _charts(found)
    return Shown(
        begins=found.begins,
        freshness=found.freshness,
        cards=[card(one) | {"rollups": [one.metric.rollup]} for one in found.figures],
        charts=charts,
        panels=[
            drawn(one, named(one, one.told(asked), workspace, with_names=False)) | {"rollups": one.made_of}
            for one in panels
            if found.group is None
        ],
        untold=[one for one in found.untold if one.kind != "table" or one.key in seen],
        controls=filters.controls,
        nothing_in_range=all(one["is_empty"] for one in charts) and not any(one.value for one in found.figures),
    )


def _charts(found: Numbers) -> list[dict[str, Any]]:
    charts = charts_of(found)
    for chart in charts:
        metrics = [one.metric for one in found.series.get(chart["key"], [])]
        chart["rollups"] = list(dict.fromkeys(one.rollup for one in metrics)) or ["user_cohorts"]
        chart["meanings"] = [(one.title, one.definition) for one in metrics]
        chart["untold"] = [one.title for one in found.untold if one.of == chart["key"]]
    return charts

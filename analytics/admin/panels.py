"""How the panels of a dashboard are shown."""

from __future__ import annotations

from typing import Any

from analytics.admin.drawings import STATES, shown
from analytics.panels import PERSON, Asked, Cell, Column, Panel, Table, named
from config.models import Workspace
from config.permissions import AnyUser, Area, may

# How long half a turn is, on which a gauge is drawn.
GAUGE = 100
# Columns of numbers that fit a table of half the width; words take more.
MOST_IN_HALF, WORDS = 5, 1.5


def panels_for(user: AnyUser, panels: tuple[Panel, ...], workspace: Workspace) -> list[Panel]:
    """Those that the user may see."""
    return [one for one in panels if may(user, "view", one.area, workspace.pk)]


def told_to(user: AnyUser, panel: Panel, asked: Asked) -> Table:
    """With names for whoever may see who people are, else with pseudonyms."""
    with_names = may(user, "view", Area.PEOPLE, asked.workspace.pk)
    return named(panel, panel.told(asked), asked.workspace, with_names=with_names)


def drawn(panel: Panel, table: Table) -> dict[str, Any]:
    """What a panel's template shows."""
    return {
        "key": panel.key,
        "title": panel.title,
        "definition": panel.means,
        "kind": panel.kind,
        "columns": table.columns,
        "rows": [_row(table, place) for place in range(len(table.rows))],
        "is_shaded": any(column.drawn == "shade" for column in table.columns),
        "is_wide": _width(table) > MOST_IN_HALF,
        "note": table.note,
        "state": table.state,
        "state_help": STATES.get(table.state or "", ""),
        "gauges": [_gauge(row) for row in table.rows] if panel.kind == "gauges" else [],
        "boxes": [_box(row) for row in table.rows] if panel.kind == "box" else [],
    }


def _width(table: Table) -> float:
    return sum(1 if column.unit else WORDS for column in table.columns)


def _row(table: Table, place: int) -> dict[str, Any]:
    tone = table.tones[place] if table.tones else None
    cells = [
        {
            "text": text_of(table.columns[column], cell),
            "is_number": bool(table.columns[column].unit) and table.columns[column].unit != PERSON,
            "drawn": table.columns[column].drawn,
            "share": _share(table, column, cell),
            "unfinished": (place, column) in table.unfinished,
        }
        for column, cell in enumerate(table.rows[place])
    ]
    return {"cells": cells, "tone": tone}


def text_of(column: Column, cell: Cell) -> str:
    if isinstance(cell, (int, float)) or cell is None:
        return shown(column.unit, cell)
    return str(cell)


def _share(table: Table, column: int, cell: Cell) -> int:
    """In per cent, of the largest in the column, or of all shades; 0 for what is not drawn."""
    how = table.columns[column].drawn
    if not how or not isinstance(cell, (int, float)):
        return 0
    columns = [column] if how == "bar" else [n for n, one in enumerate(table.columns) if one.drawn == "shade"]
    numbers = [row[n] for row in table.rows for n in columns]
    most = max((abs(one) for one in numbers if isinstance(one, (int, float))), default=0)
    return round(100 * abs(cell) / most) if most else 0


def _gauge(row: tuple[Cell, ...]) -> dict[str, Any]:
    title, value, target = row
    assert isinstance(target, (int, float))
    known = value if isinstance(value, (int, float)) else None
    share = 0 if known is None or not target else round(100 * max(min(known / target, 1), 0))
    return {
        "title": title,
        "value": shown("number", known),
        "target": shown("number", target),
        "share": share,
        "dash": f"{share} {GAUGE}",
        "is_reached": share >= GAUGE,
        "is_known": known is not None,
    }


def _box(row: tuple[Cell, ...]) -> dict[str, Any]:
    """Places of the five percentiles on a line from the first to the last, in per cent."""
    title, *cells = row
    values = [float(cell) if isinstance(cell, (int, float)) else 0.0 for cell in cells]
    low, high = values[0], values[-1]
    places = [round(5 + 90 * (value - low) / (high - low), 1) if high > low else 50.0 for value in values]
    # As text: a template would write numbers as people of the place do.
    words = ", ".join(shown("points", value) for value in values)
    return {
        "title": title,
        "places": [str(place) for place in places],
        "width": f"{places[3] - places[1]:.1f}",
        "words": words,
    }

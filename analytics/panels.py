"""What a dashboard shows besides cards and charts: tables, whose cells may be drawn as bars or shades.

A drawing is never all there is: whoever does not see it reads the same numbers in the same table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from analytics.metrics import METRICS, State
from analytics.spans import Span
from config.models import Workspace
from config.permissions import Area
from ingestion import people
from privacy.pseudonyms import Pseudonyms

Cell = str | int | float | UUID | None
# bar: as long as the number is of the largest in its column. shade: as dark as it is of the largest in the table.
Drawn = Literal["", "bar", "shade"]
# gauges: rows of what, value and what it is held against. box: rows of what and five percentiles.
PanelKind = Literal["table", "gauges", "box"]
PERSON = "person"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a panel is asked: of the days of the span, or of the last of them."""

    workspace: Workspace
    span: Span
    with_bots: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """unit: as of a metric, "" for words, PERSON for somebody's id, which only some may see a name for."""

    title: str
    unit: str = ""
    drawn: Drawn = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; None where there is no number. unfinished: (row, column) of cells that are not final or not yet.

    tones: of each row which band it belongs to, from 0, where rows have any. note: what else has to be known of it.
    """

    columns: tuple[Column, ...]
    rows: list[tuple[Cell, ...]]
    note: str = ""
    state: State | None = None
    unfinished: frozenset[tuple[int, int]] = frozenset()
    tones: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Panel:
    """definition: what its numbers mean, where they are not of one metric; rollups: what they are made of, likewise;
    area: who may see it.
    """

    key: str
    title: str
    definition: str
    told: Callable[[Asked], Table]
    rollups: tuple[str, ...] = ()
    metric: str = ""
    kind: PanelKind = "table"
    area: Area = Area.METRICS

    @property
    def means(self) -> str:
        return self.definition or METRICS[self.metric].definition

    @property
    def made_of(self) -> tuple[str, ...]:
        return (METRICS[self.metric].rollup,) if self.metric else self.rollups


def pseudonym(workspace: Workspace, panel: Panel, person_id: UUID) -> str:
    """The same for the same person in a panel, and no name. In another panel it is another, or what one tells of a
    person could be joined with what another does, such as whose posts trend with how many points they have.
    """
    return f"Person {Pseudonyms(workspace.pk).of(f'{panel.key}:{person_id}')[:8]}"


def named(panel: Panel, table: Table, workspace: Workspace, *, with_names: bool) -> Table:
    """The panel's table with people called by their ids as these were sent, or by pseudonyms."""
    places = [place for place, column in enumerate(table.columns) if column.unit == PERSON]
    if not places:
        return table
    ids = {cell for row in table.rows for cell in (row[place] for place in places) if isinstance(cell, UUID)}
    known = people.names(workspace.pk, ids) if with_names else {}

    def called(cell: Cell) -> Cell:
        return known.get(cell, pseudonym(workspace, panel, cell)) if isinstance(cell, UUID) else cell

    rows = [tuple(called(cell) for cell in row) for row in table.rows]
    return Table(table.columns, rows, table.note, table.state, table.unfinished, table.tones)
